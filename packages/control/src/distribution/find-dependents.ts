import type { Principal } from "@berth/protocol";
import type { AgentWithRelease, Store } from "@berth/store";
import type { Dependents } from "./distributions.ts";

/** Of the organization's newest tasks, as many tell who calls. */
const MAX_TASKS = 10_000;
const MAX_AGENTS = 1_000;
const PAGE = 100;

export interface FindDependentsOptions {
  readonly store: Pick<Store, "tasks" | "agents">;
  /** Where the platform is reached, without a trailing slash. */
  readonly publicUrl: () => string;
  readonly domain: string;
}

/** Who goes by an agent: the agents whose runs call it or whose berth.json names it, and how many callers there are. */
export async function findDependents(
  { store, publicUrl, domain }: FindDependentsOptions,
  principal: Principal,
  { agent }: AgentWithRelease,
): Promise<Dependents> {
  const { orgId } = principal;
  const [callers, all] = await Promise.all([
    store.tasks.callers(orgId, agent.agentId, MAX_TASKS),
    agentsOf(store, orgId),
  ]);
  const isHere = addressOf(agent.name, { publicUrl: publicUrl(), domain });
  const agents = all
    .filter((each) => each.agent.agentId !== agent.agentId)
    .filter((each) => principal.agents?.includes(each.agent.name) !== false)
    .map((each) => {
      const made = callers.filter(({ agentId }) => agentId === each.agent.agentId);
      const lastAt = made
        .map((caller) => caller.lastAt)
        .toSorted()
        .at(-1);
      return {
        name: each.agent.name,
        calls: made.reduce((sum, { calls }) => sum + calls, 0),
        ...(lastAt === undefined ? {} : { lastAt }),
        upstreams: Object.entries(each.release.config.upstreams ?? {})
          .filter(([, { url }]) => isHere(url))
          .map(([name]) => name),
      };
    })
    .filter(({ calls, upstreams }) => calls > 0 || upstreams.length > 0);
  return { agents, callers: new Set(callers.map(({ principalId }) => principalId)).size };
}

/** The newest release of each agent. */
async function agentsOf(store: Pick<Store, "agents">, orgId: string): Promise<readonly AgentWithRelease[]> {
  const found: AgentWithRelease[] = [];
  let token: string | undefined;
  do {
    const page = await store.agents.list({ orgId }, { size: PAGE, ...(token === undefined ? {} : { token }) });
    found.push(...page.agents);
    token = page.nextPageToken;
  } while (token !== undefined && found.length < MAX_AGENTS);
  return found;
}

/** By its own host, or by its path on the platform's. */
function addressOf(
  name: string,
  { publicUrl, domain }: { readonly publicUrl: string; readonly domain: string },
): (url: string) => boolean {
  const platform = URL.parse(publicUrl)?.host;
  return (text) => {
    const url = URL.parse(text);
    if (url === null) return false;
    if (url.hostname === `${name}.${domain}`) return true;
    return (
      url.host === platform && ["agents", "a2a"].some((door) => `${url.pathname}/`.startsWith(`/${door}/${name}/`))
    );
  };
}
