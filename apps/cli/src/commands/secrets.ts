import { PlatformError, secretObjection } from "@berth/protocol";
import { UsageError } from "../args/usage-error.ts";
import type { Command, CommandContext } from "../command.ts";
import { confirm } from "../platform/confirm.ts";
import { table } from "../render/table.ts";
import { readFileOrStdin } from "../run/read-input.ts";
import { readHiddenLine } from "../run/read-hidden-line.ts";

const NAME = { name: "NAME", summary: "A-Z, 0-9 and _, such as OPENAI_API_KEY" };
const AGENT = { type: "string", value: "AGENT", summary: "of this agent alone; default: of the organization" } as const;

const listCommand: Command = {
  name: "secrets list",
  summary: "List the secrets and the agents that use them. Values are never shown.",
  positionals: [],
  options: {},
  examples: ["a2a secrets list", "a2a secrets list --json"],
  async run({ platform }) {
    const secrets = await (await platform()).secrets.list();
    const rows = secrets.map(({ name, agent, hosts, version, updatedAt, updatedBy, usedBy }) => [
      name,
      agent ?? "every agent",
      hosts === null ? "any" : hosts.join(", "),
      usedBy.join(", "),
      String(version),
      updatedAt,
      updatedBy,
    ]);
    const columns = ["name", "for", "hosts", "used by", "version", "updated", "by"];
    return { json: { secrets }, text: table(columns, rows, "No secrets.") };
  },
};

const setCommand: Command = {
  name: "secrets set",
  summary: "Set a secret. Agents use it in the headers of their upstreams and never see it.",
  details:
    "The value is asked for without echo, or read from a file; it is never an argument, where the shell's history and other users' process lists would have it. It holds from the next call on.",
  positionals: [NAME],
  options: {
    agent: AGENT,
    host: {
      type: "string",
      value: "HOST",
      multiple: true,
      summary: "it is sent to this host only; may be given again",
    },
    "value-file": { type: "string", value: "FILE", summary: "the file that holds the value, - for stdin" },
  },
  examples: [
    "a2a secrets set OPENAI_API_KEY --host api.openai.com",
    "pass show github | a2a secrets set GITHUB_TOKEN --agent reviewer --value-file -",
  ],
  async run(context) {
    const { args, platform } = context;
    const [agent, hosts] = [args.text("agent"), args.texts("host")];
    const secret = { name: args.required("NAME"), ...(agent === undefined ? {} : { agent }) };
    const value = await readValue(context);
    const objection = secretObjection(value);
    if (objection !== undefined) throw new UsageError(`The value ${objection}.`, "See docs/reference/secrets.md.");
    const kept = await (await platform()).secrets.set(secret, { value, ...(hosts.length === 0 ? {} : { hosts }) });
    return { json: kept, text: `Set ${kept.name}, version ${kept.version}.` };
  },
};

const removeCommand: Command = {
  name: "secrets remove",
  summary: "Remove a secret, at once.",
  positionals: [NAME],
  options: { agent: AGENT, yes: { type: "boolean", summary: "do not ask" } },
  examples: ["a2a secrets remove OPENAI_API_KEY", "a2a secrets remove GITHUB_TOKEN --agent reviewer"],
  async run(context) {
    const [name, agent] = [context.args.required("NAME"), context.args.text("agent")];
    const { secrets } = await context.platform();
    await confirm(context, `Remove ${name}? Calls of agents that use it will fail.`);
    await secrets.remove({ name, ...(agent === undefined ? {} : { agent }) });
    return { json: { secret: name, agent: agent ?? null, removed: true }, text: `Removed ${name}.` };
  },
};

export const secretsCommands: readonly Command[] = [listCommand, setCommand, removeCommand];

async function readValue({ args, io }: CommandContext): Promise<string> {
  const file = args.text("value-file");
  // Editors and `echo` end a file with a line break that nobody means.
  if (file !== undefined) return (await readFileOrStdin(file, io)).replace(/\r?\n$/, "");
  if (!io.isTty.stdin) throw new UsageError("There is nobody to ask for the value.", "Such as --value-file -.");
  const value = await readHiddenLine(io, `Value of ${args.required("NAME")}: `);
  if (value === undefined) throw new PlatformError("CANCELED", "Nothing was changed.");
  return value;
}
