import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { generateClient } from "../client-ts/generate-client.ts";
import type { Command } from "../command.ts";
import { printable } from "../render/printable.ts";

export const clientTsCommand: Command = {
  name: "client ts",
  summary: "Write a typed TypeScript client of an agent: one file, nothing to install.",
  details: "A method for each skill, with the types of its schemas. Generate it again when the agent has changed.",
  positionals: [{ name: "AGENT", summary: "the agent's name" }],
  options: { out: { type: "string", value: "FILE", summary: "where to; default: stdout" } },
  examples: ["a2a client ts csv-analyst --out src/csv-analyst.ts", "a2a client ts echo > echo.ts"],
  async run({ args, io, platform }) {
    const agent = await (await platform()).agents.get(args.required("AGENT"));
    const code = generateClient(agent);
    const out = args.text("out");
    if (out === undefined) return { json: { agent: agent.name, release: agent.release, code }, text: code.trimEnd() };
    const file = resolve(io.cwd, out);
    await writeFile(file, code);
    return { json: { agent: agent.name, release: agent.release, file }, text: printable(`Wrote ${file}.`) };
  },
};
