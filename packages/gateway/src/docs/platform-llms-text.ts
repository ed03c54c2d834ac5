import type { Edge } from "../edge/edge.ts";
import { agentAddress } from "../platform/agent-address.ts";
import type { AgentView } from "../platform/records.ts";

/** A page may hold none that anybody may see, so more than one is looked at; but not all of a large platform. */
const PAGE_SIZE = 100;
const MAX_PAGES = 10;

/** What this address is and which agents anybody may call here. */
export async function platformLlmsText(edge: Edge): Promise<string> {
  const base = edge.baseUrl();
  const lines = (await publicAgents(edge)).map(({ agent, release }) => {
    const description = release.card.description.replaceAll(/[\p{C}\p{Z}]+/gu, " ").trim();
    return `- [${agent.name}](${agentAddress(edge, agent.name)}/llms.txt): ${description}`;
  });
  return `# Berth

> A platform that runs A2A agents. Each agent is reached by A2A, by MCP and by plain HTTP, and every finished task gets a signed receipt.

## Agents

${lines.length === 0 ? "None that anybody may call; with an API key there may be more." : lines.join("\n")}

## How to use it

- List agents: \`GET ${base}/v1/agents\`, with \`Authorization: Bearer YOUR_API_KEY\` also the private ones.
- Call a skill: \`POST ${base}/agents/{agent}/invoke/{skill}\` with its input as JSON.
- Take an agent up in an MCP client: \`GET ${base}/v1/agents/{agent}/connect\`.
- Each agent describes itself at \`${base}/agents/{agent}/llms.txt\` and \`${base}/agents/{agent}/openapi.json\`.

## More

- [OpenAPI document](${base}/v1/openapi.json): every address of the platform
`;
}

async function publicAgents({ control: { auth, registry } }: Edge): Promise<readonly AgentView[]> {
  const found: AgentView[] = [];
  let token: string | undefined;
  for (let page = 0; page < MAX_PAGES && found.length < PAGE_SIZE; page++) {
    const { agents, nextPageToken } = await registry.list(
      auth.anonymous(),
      {},
      { size: PAGE_SIZE, ...(token === undefined ? {} : { token }) },
    );
    found.push(...agents);
    if (nextPageToken === undefined) break;
    token = nextPageToken;
  }
  return found;
}
