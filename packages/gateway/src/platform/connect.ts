import type { Edge } from "../edge/edge.ts";
import { agentAddress } from "./agent-address.ts";
import type { AgentView } from "./records.ts";

/** What stands where the reader's own key belongs. */
const KEY = "YOUR_API_KEY";

export interface Connect {
  readonly mcpUrl: string;
  readonly claudeCode: string;
  readonly cursor: string;
  readonly vscode: string;
  readonly json: object;
  readonly a2a: { readonly card: string };
}

/** How each program takes up an agent in one step: a line for a shell, a link, or a block for a configuration file. */
export function toConnect(edge: Pick<Edge, "baseUrl" | "domain">, { agent, release }: AgentView): Connect {
  const base = agentAddress(edge, agent.name);
  const url = `${base}/mcp`;
  // Cursor warns of hyphens in a server's name, and some clients put it into the names of tools.
  const name = agent.name.replaceAll("-", "_");
  const isPublic = release.config.visibility === "public";
  const headers = isPublic ? {} : { headers: { Authorization: `Bearer ${KEY}` } };
  const header = isPublic ? "" : ` --header "Authorization: Bearer ${KEY}"`;
  const config = Buffer.from(JSON.stringify({ url, ...headers })).toString("base64");
  return {
    mcpUrl: url,
    claudeCode: `claude mcp add --transport http ${name} ${url}${header}`,
    cursor: `cursor://anysphere.cursor-deeplink/mcp/install?name=${name}&config=${encodeURIComponent(config)}`,
    vscode: `code --add-mcp '${JSON.stringify({ name, type: "http", url, ...headers })}'`,
    json: { mcpServers: { [name]: { type: "http", url, ...headers } } },
    a2a: { card: `${base}/.well-known/agent-card.json` },
  };
}
