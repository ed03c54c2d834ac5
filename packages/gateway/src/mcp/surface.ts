import { PlatformError } from "@berth/protocol";
import { findAddressed } from "../edge/addressed-release.ts";
import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import type { AgentTarget } from "../edge/routes.ts";
import { agentOfPrefixed, ownName, prefixedName } from "./tool-name.ts";

type Found = Awaited<ReturnType<Edge["control"]["registry"]["find"]>>;

/** One agent as a part of a server. */
export interface Member {
  readonly agent: AgentTarget;
  readonly release: Found["release"];
  /** What its skills and prompts are called here. */
  readonly nameOf: (id: string) => string;
}

interface MemberPage {
  readonly members: readonly Member[];
  readonly nextCursor?: string;
}

/** What an MCP server is made of: one agent, or every agent of the organization that the caller may see. */
export interface Surface {
  /** Tells servers apart. */
  readonly id: string;
  readonly title: () => Promise<{ readonly name: string; readonly title: string; readonly version: string }>;
  readonly instructions: () => Promise<string>;
  /** Only tasks of this agent exist here; undefined: of all. */
  readonly agentName: string | undefined;
  /** In an order that stays. @throws INVALID_PARAMS for a cursor that is not ours. */
  members(cursor: string | undefined): Promise<MemberPage>;
  /** All of them, as far as anyone should look. */
  all(): Promise<readonly Member[]>;
  /** How often it is worth a look whether they have changed. */
  readonly lookMs: number;
  /** Those that can have something of this name. */
  candidates(name: string): Promise<readonly Member[]>;
}

export function agentSurface({ edge, exchange, agent }: SurfaceOptions & { readonly agent: AgentTarget }): Surface {
  const find = async (): Promise<Found> => await findAddressed(edge.control, exchange.principal, agent);
  const members = async (): Promise<readonly Member[]> => {
    const { release } = await find();
    return [{ agent, release, nameOf: ownName }];
  };
  return {
    id: `agent ${agent.name}`,
    agentName: agent.name,
    async title() {
      const { name, version } = (await find()).release.card;
      return { name: agent.name, title: name, version };
    },
    instructions: async () => (await find()).release.card.description,
    async members(cursor) {
      if (cursor !== undefined) throw new PlatformError("INVALID_PARAMS", "Unknown cursor.");
      return { members: await members() };
    },
    all: members,
    // What the registry has at hand; a new release is there at once.
    lookMs: 500,
    candidates: members,
  };
}

interface SurfaceOptions {
  readonly edge: Edge;
  readonly exchange: Exchange;
}

const PAGE = 50;
/** How many pages are looked through at most, for what does not say its agent. */
const MAX_PAGES = 20;

/** All agents behind one address; `?agent=` and `?tag=`, each as often as wanted, make it smaller. */
export function organizationSurface({ edge, exchange }: SurfaceOptions): Surface {
  const { registry } = edge.control;
  const { principal, query } = exchange;
  const tags = query.getAll("tag");
  const wanted = new Set(query.getAll("agent"));
  const isShown = (found: Found): boolean => isWanted(found, wanted, tags);
  const toMember = ({ agent, release }: Found): Member => ({
    agent: { name: agent.name, base: `${edge.baseUrl()}/agents/${agent.name}` },
    release,
    nameOf: (id) => prefixedName(agent.name, id),
  });
  const members = async (cursor: string | undefined): Promise<MemberPage> => {
    const token = cursor === undefined ? {} : { token: cursor };
    const page = await registry.list(principal, {}, { size: PAGE, ...token });
    const next = page.nextPageToken;
    const shown = page.agents.filter(isShown).map(toMember);
    return { members: shown, ...(next === undefined ? {} : { nextCursor: next }) };
  };
  const all = async (): Promise<readonly Member[]> => {
    const found: Member[] = [];
    let cursor: string | undefined;
    for (let n = 0; n < MAX_PAGES; n++) {
      const page = await members(cursor);
      found.push(...page.members);
      cursor = page.nextCursor;
      if (cursor === undefined) break;
    }
    return found;
  };
  return {
    id: "organization",
    agentName: undefined,
    title: async () => ({ name: "berth", title: "Berth", version: edge.version }),
    instructions: async () =>
      "The agents of this platform. Each tool is a skill of the agent that its name begins with.",
    members,
    all,
    // A query of the database.
    lookMs: 5_000,
    async candidates(name) {
      const likely = agentOfPrefixed(name);
      const found = likely === undefined ? undefined : await registry.find(principal, likely).catch(() => undefined);
      if (found !== undefined && isShown(found)) return [toMember(found)];
      return await all();
    },
  };
}

function isWanted({ agent, release }: Found, names: ReadonlySet<string>, tags: readonly string[]): boolean {
  if (names.size > 0 && !names.has(agent.name)) return false;
  const known = new Set([...release.config.tags, ...release.card.skills.flatMap((skill) => skill.tags)]);
  return tags.every((tag) => known.has(tag));
}
