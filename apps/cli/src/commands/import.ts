import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { UsageError } from "../args/usage-error.ts";
import type { Command } from "../command.ts";
import { oneLine } from "../render/printable.ts";
import { fields } from "../render/table.ts";

export const importCommand: Command = {
  name: "import",
  summary: "Import an A2A agent that runs elsewhere.",
  details:
    "The platform fetches its card, keeps it, and offers the agent as its own: over A2A 1.0 and 0.3, MCP and REST. A card that changes later is not adopted by itself: see `a2a agents accept`.",
  positionals: [{ name: "URL", summary: "the agent's address, or its card's" }],
  options: {
    name: { type: "string", value: "NAME", summary: "its name here; default: the card's, made to fit" },
    visibility: { type: "string", value: "WHO", summary: "public or private; default private" },
    "credential-file": {
      type: "string",
      value: "FILE",
      summary: "a file with the token or API key the agent asks for",
    },
  },
  examples: [
    "a2a import https://agents.example.com/weather",
    "a2a import https://agents.example.com/.well-known/agent-card.json --name weather --credential-file token.txt",
  ],
  async run({ args, io, platform }) {
    const [name, visibility, file] = [args.text("name"), args.text("visibility"), args.text("credential-file")];
    if (visibility !== undefined && visibility !== "public" && visibility !== "private") {
      throw new UsageError(`"${visibility}" is no visibility.`, "It is public or private.");
    }
    const credential = file === undefined ? undefined : await readCredential(resolve(io.cwd, file));
    const { agents } = await platform();
    const agent = await agents.import({
      url: args.required("URL"),
      ...(name === undefined ? {} : { name }),
      ...(visibility === undefined ? {} : { visibility }),
      ...(credential === undefined ? {} : { credential }),
    });
    const { protocolBinding, protocolVersion, url } = agent.remote?.interface ?? {};
    const text = fields([
      ["agent", agent.name],
      ["runs at", `${url ?? ""} (${protocolBinding ?? ""} ${protocolVersion ?? ""})`],
      ["skills", agent.skills.map(({ id }) => oneLine(id, 64)).join(", ")],
      ["url", agent.url],
      ["mcp", agent.mcpUrl],
    ]);
    return { json: agent, text };
  },
};

/** Never an argument: those are in the shell's history and in every process list. */
async function readCredential(path: string): Promise<string> {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new UsageError(`The credential cannot be read: ${detail}`, "Give a file that holds it and nothing else.");
  }
}
