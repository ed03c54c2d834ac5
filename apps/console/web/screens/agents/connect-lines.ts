import type { Connect } from "./agent-queries.ts";

export interface ConnectGroup {
  readonly id: string;
  readonly label: string;
  readonly lines: readonly { readonly what: string; readonly text: string }[];
}

/** What to copy, by how the other program speaks. The key's place is marked, never a key shown. */
export function connectLines(
  connect: Connect,
  {
    url,
    name,
    isPublic,
    skill,
  }: { readonly url: string; readonly name: string; readonly isPublic: boolean; readonly skill: string | undefined },
): readonly ConnectGroup[] {
  const key = isPublic
    ? ""
    : String.raw` \
  -H 'Authorization: Bearer YOUR_API_KEY'`;
  const message = JSON.stringify({
    jsonrpc: "2.0",
    id: 1,
    method: "SendMessage",
    params: { message: { messageId: "1", role: "ROLE_USER", parts: [{ text: "Hello" }] } },
  });
  return [
    {
      id: "a2a",
      label: "A2A",
      lines: [
        { what: "Agent card", text: connect.a2a.card },
        { what: "JSON-RPC and HTTP+JSON", text: url },
        {
          what: "Send a message",
          text: String.raw`curl -s '${url}'${key} \
  -H 'Content-Type: application/json' -H 'A2A-Version: 1.0' \
  -d '${message}'`,
        },
      ],
    },
    {
      id: "mcp",
      label: "MCP",
      lines: [
        { what: "Server address", text: connect.mcpUrl },
        { what: "Claude Code", text: connect.claudeCode },
        { what: "VS Code", text: connect.vscode },
        { what: "Configuration file", text: JSON.stringify(connect.json, null, 2) },
      ],
    },
    {
      id: "curl",
      label: "curl",
      lines: [
        {
          what: "Call a skill and wait for its answer",
          text: String.raw`curl -s '${url}invoke/${skill ?? "SKILL"}'${key} \
  -H 'Content-Type: application/json' -d '{}'`,
        },
        {
          what: "Stream the answer",
          text: String.raw`curl -sN '${url}invoke/${skill ?? "SKILL"}?stream'${key} \
  -H 'Content-Type: application/json' -d '{}'`,
        },
        { what: "In a terminal", text: `npx a2a call ${name}${skill === undefined ? "" : ` ${skill}`} --input '{}'` },
      ],
    },
  ];
}
