import { access, mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { AGENT_NAME_PATTERN, toAgentName } from "@berth/protocol";
import { UsageError } from "../args/usage-error.ts";
import type { Command, CommandContext, CommandResult } from "../command.ts";
import { agentTemplate, wasmTemplate } from "../templates/agent-template.ts";
import type { TemplateFile } from "../templates/agent-template.ts";
import { rustTemplate } from "../templates/rust-template.ts";

const TEMPLATES: Readonly<Record<string, (name: string) => readonly TemplateFile[]>> = {
  typescript: agentTemplate,
  "typescript-wasm": wasmTemplate,
  "rust-wasm": rustTemplate,
};

export const initCommand: Command = {
  name: "init",
  summary: "Write a small agent to start from, in TypeScript or Rust, for a process or WebAssembly.",
  details: "Files that are there already are never overwritten.",
  positionals: [{ name: "DIR", optional: true, summary: "where to; default: the current folder" }],
  options: {
    name: { type: "string", value: "NAME", summary: "the agent's name; default: that of the folder" },
    template: {
      type: "string",
      value: "NAME",
      summary: `one of ${Object.keys(TEMPLATES).join(", ")}; default: typescript`,
    },
  },
  examples: ["a2a init my-agent", "a2a init . --name greeter", "a2a init my-agent --template rust-wasm"],
  run: init,
};

async function init({ args, io, json, progress }: CommandContext): Promise<CommandResult> {
  const folder = resolve(io.cwd, args.positional("DIR") ?? ".");
  const name = args.text("name") ?? toAgentName(basename(folder));
  if (!AGENT_NAME_PATTERN.test(name)) {
    throw new UsageError(
      `"${name}" cannot be an agent's name.`,
      `Such as "${toAgentName(name)}": a-z, 0-9 and hyphens.`,
    );
  }
  const wanted = args.text("template") ?? "typescript";
  const template = Object.hasOwn(TEMPLATES, wanted) ? TEMPLATES[wanted] : undefined;
  if (template === undefined) {
    throw new UsageError(`There is no template "${wanted}".`, `One of ${Object.keys(TEMPLATES).join(", ")}.`);
  }
  const files = template(name);
  const present = await filterPresent(files.map(({ path }) => join(folder, path)));
  const [first] = present;
  if (first !== undefined) {
    const hint = "Choose another folder; nothing was written.";
    throw new UsageError(`${relative(io.cwd, first) || first} is there already.`, hint);
  }
  for (const { path, text } of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    // "wx": whoever made the file since it was looked for keeps it.
    await writeFile(join(folder, path), text, { flag: "wx" });
    if (!json) progress(`wrote ${path}`);
  }
  const shown = relative(io.cwd, folder) || ".";
  const document = { name, folder, files: files.map(({ path }) => path) };
  return { json: document, text: `Next: a2a deploy ${shown}, then a2a call ${name} greet` };
}

async function filterPresent(paths: readonly string[]): Promise<readonly string[]> {
  const checked = await Promise.all(
    paths.map((path) =>
      access(path).then(
        () => [path],
        () => [],
      ),
    ),
  );
  return checked.flat();
}
