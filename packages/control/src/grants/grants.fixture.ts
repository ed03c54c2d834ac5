import { createHmac, randomBytes } from "node:crypto";
import { createIdGenerator, isPlatformError } from "@berth/protocol";
import type { Principal, Scope } from "@berth/protocol";
import type { Store } from "@berth/store";
import { createInMemoryStore } from "@berth/store/memory";
import { temporaryFolder } from "@berth/testing";
import { createGrants } from "./create-grants.ts";
import { loadGrantKeys } from "./grant-keys.ts";
import type { GrantHolder, Grants, NewGrant } from "./grants.ts";
import { decodeMacaroon, encodeMacaroon } from "./macaroon.ts";

export const ORG = "org_1";
export const PEER: GrantHolder = { orgId: ORG, agentId: "agt_1" };
const START = Date.parse("2026-11-29T10:00:00.250Z");

/** Grants on an in-memory store, at a time that only the test moves. */
export interface GrantsHouse extends Disposable {
  readonly grants: Grants;
  readonly store: Store;
  /** What another node on the same store and keys would be. */
  another(): Grants;
  /** Moves time. */
  pass(ms: number): void;
  newGrant(changes?: Partial<NewGrant>): NewGrant;
}

export async function openGrants(): Promise<GrantsHouse> {
  const folder = temporaryFolder("berth-grants");
  const store = createInMemoryStore();
  let time = START;
  const now = (): Date => new Date(time);
  const keys = await loadGrantKeys(folder.path, now);
  const ids = createIdGenerator({ now: () => time, randomBytes });
  const another = (): Grants => createGrants({ store, keys, ids, now, randomBytes });
  return {
    grants: another(),
    store,
    another,
    pass: (ms) => {
      time += ms;
    },
    newGrant: (changes) => ({
      orgId: ORG,
      runId: "task_1",
      agentId: PEER.agentId,
      scope: { read: ["data/**"], write: "outputs/task_1/" },
      runDeadline: new Date(START + 3_600_000).toISOString(),
      ...changes,
    }),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

export function principalOf(scopes: readonly Scope[], orgId: string = ORG): Principal {
  return { kind: "user", id: "usr_1", orgId, scopes };
}

/** "ok", or why not. */
export async function reasonOf(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => "ok",
    (error: unknown) => (isPlatformError(error) ? error.reason : String(error)),
  );
}

/** What a holder can do to a token without the key: add a caveat. */
export function addCaveat(token: string, caveat: string): string {
  const macaroon = decodeMacaroon(Buffer.from(token.slice("acg1_".length), "base64url"), 1_000);
  if (macaroon === undefined) throw new Error("no token");
  const added = Buffer.from(caveat);
  const signature = createHmac("sha256", macaroon.signature).update(added).digest();
  const bytes = encodeMacaroon({ ...macaroon, caveats: [...macaroon.caveats, added], signature });
  return `acg1_${Buffer.from(bytes).toString("base64url")}`;
}
