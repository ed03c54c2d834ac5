import { randomBytes } from "node:crypto";
import { DEFAULT_ORG_ID, ROLES } from "@berth/protocol";
import type { OrgRole, Principal } from "@berth/protocol";
import { scriptedCard, scriptedConfig } from "@berth/testing";
import { openHouse, textMessage } from "../gateway.fixture.ts";
import type { Answer, CallOptions, House } from "../gateway.fixture.ts";

export const CALLERS: readonly ("api key" | "anonymous" | OrgRole)[] = [
  ...(Object.keys(ROLES) as OrgRole[]), // the keys of a const object are its type's
  "api key",
  "anonymous",
];
export type Caller = (typeof CALLERS)[number];

/** One organization with somebody who can make things in it. */
export interface Org {
  readonly house: House;
  readonly principal: Principal;
  /** Its private agent. */
  readonly agent: string;
  /** Sends as its owner and wants success. */
  make(path: string, options: CallOptions): Promise<Answer>;
  publish(name: string): Promise<void>;
  /** The id of a task that has ended. */
  task(): Promise<string>;
}

export interface World extends AsyncDisposable {
  readonly house: House;
  readonly own: Org;
  readonly foreign: Org;
  /** The bearer token of a member of the own organization in this role; of nobody: none. */
  token(caller: Caller): string | undefined;
  principal(caller: Caller): Principal;
}

const FOREIGN_ORG = "org_beyond";

/** Two organizations, and in the first one somebody in every role. */
export async function openWorld(): Promise<World> {
  const outbound = {
    assertUrl: async (url: string | URL) => new URL(url),
    request: unreachable,
    stream: unreachable,
    tunnel: unreachable,
    exchange: unreachable,
    isExempt: () => false,
    secured: () => ({ exchange: unreachable, close: async () => undefined }),
  };
  const house = await openHouse({ outbound, gateway: { offer: { pushNotifications: true } } });
  await house.store.identity.insertOrganization({ orgId: FOREIGN_ORG, name: "Beyond", createdAt: AT });
  const own = await openOrg(house, DEFAULT_ORG_ID, "hidden");
  const foreign = await openOrg(house, FOREIGN_ORG, "beyond");
  await foreign.publish(foreign.agent);
  const tokens = new Map<Caller, string>();
  const principals = new Map<Caller, Principal>();
  for (const role of Object.keys(ROLES) as OrgRole[]) {
    // As above.
    const { code = "" } = await house.control.users.add(own.principal, { email: `${role}@example.com`, role });
    const opened = await house.control.auth.redeemSignIn(code);
    tokens.set(role, opened.session);
    principals.set(role, opened.principal);
  }
  const key = await house.key("invoke");
  tokens.set("api key", key);
  principals.set("api key", await house.control.auth.authenticate(key));
  const nobody = house.control.auth.anonymous();
  return {
    house,
    own,
    foreign,
    token: (caller) => tokens.get(caller),
    principal: (caller) => principals.get(caller) ?? nobody,
    [Symbol.asyncDispose]: async () => await house[Symbol.asyncDispose](),
  };
}

const AT = "2026-11-29T12:00:00.000Z";

async function unreachable(): Promise<never> {
  throw new Error("nothing is reachable from here");
}

async function openOrg(house: House, orgId: string, agent: string): Promise<Org> {
  const principal: Principal = { kind: "system", id: "system", orgId, scopes: ["owner"] };
  const { secret } = await house.control.auth.createKey(principal, { name: "maker", scopes: ["owner"] });
  return {
    house,
    principal,
    agent,
    async make(path, options) {
      const answer = await house.call(path, { token: secret, ...options });
      if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${answer.text}`);
      return answer;
    },
    async publish(name) {
      const [agentId, releaseId] = [`agt_${name}`, `rel_${name}`];
      await house.store.agents.publish(
        { orgId, agentId, name, kind: "deployed", activeReleaseId: releaseId },
        {
          orgId,
          releaseId,
          agentId,
          digest: `sha256:${"0".repeat(64)}`,
          config: scriptedConfig(),
          card: scriptedCard(),
          skillSchemas: [],
          entry: "agent.mjs",
          trusted: false,
          createdAt: AT,
        },
      );
    },
    async task() {
      const call = { principal, protocol: "rest" } as const;
      // textMessage makes what the wire would carry.
      const request = textMessage("x") as Parameters<typeof house.control.tasks.accept>[2];
      const turn = await house.control.tasks.accept(call, agent, request);
      await house.control.tasks.settle(turn, call, { timeoutMs: 10_000 });
      await house.control.receipts.awaitForTask(orgId, turn.taskId, 10_000);
      return turn.taskId;
    },
  };
}

/** A name that nothing else has. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomBytes(6).toString("hex")}`;
}
