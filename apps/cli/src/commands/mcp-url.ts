import type { Command } from "../command.ts";
import { printable, printableJson } from "../render/printable.ts";

export const mcpUrlCommand: Command = {
  name: "mcp-url",
  summary: "Show an agent's MCP address and how to take it up in Claude Code, Cursor, VS Code and others.",
  details: "Where it says YOUR_API_KEY put a key of yours: `a2a keys create` makes one.",
  positionals: [{ name: "AGENT", summary: "the agent's name" }],
  options: {},
  examples: ["a2a mcp-url echo", "a2a mcp-url echo --json"],
  async run({ args, platform, colors }) {
    const connect = await (await platform()).agents.connect(args.required("AGENT"));
    const entries: readonly (readonly [string, string])[] = [
      ["MCP address", connect.mcpUrl],
      ["Claude Code", connect.claudeCode],
      ["Cursor (open this link)", connect.cursor],
      ["VS Code", connect.vscode],
      ["Any other client", printableJson(connect.json, 2)],
      ["A2A agent card", connect.a2a.card],
    ];
    const text = entries.map(([name, value]) => `${colors.bold(name)}\n${printable(value)}`).join("\n\n");
    return { json: connect, text };
  },
};
