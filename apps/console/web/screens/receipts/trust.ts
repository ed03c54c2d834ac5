import { queryOptions } from "@tanstack/react-query";
import { send } from "../../api/client.ts";

/** The keys that this browser saw first at this platform: what a receipt is held against, whatever the platform says later. */
export interface KeptKeys {
  readonly document: string;
  /** RFC 3339. */
  readonly since: string;
}

export interface KeptHead {
  readonly checkpoint: string;
  readonly vkey: string;
  readonly at: string;
}

const KEYS = "berth.ledger.keys";
const HEAD = "berth.ledger.head";

export function keptKeys(): KeptKeys | undefined {
  return readKept(KEYS, ["document", "since"]) as KeptKeys | undefined;
}

export function keepKeys(document: string): KeptKeys {
  const kept = { document, since: new Date().toISOString() };
  localStorage.setItem(KEYS, JSON.stringify(kept));
  return kept;
}

export function keptHead(): KeptHead | undefined {
  return readKept(HEAD, ["checkpoint", "vkey", "at"]) as KeptHead | undefined;
}

export function keepHead(checkpoint: string, vkey: string): void {
  localStorage.setItem(HEAD, JSON.stringify({ checkpoint, vkey, at: new Date().toISOString() }));
}

function readKept(name: string, members: readonly string[]): object | undefined {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(name) ?? "null");
    if (typeof value !== "object" || value === null) return undefined;
    const found = new Map(Object.entries(value));
    return members.every((member) => typeof found.get(member) === "string") ? value : undefined;
  } catch {
    return undefined;
  }
}

export interface Trust extends KeptKeys {
  /** The platform publishes other keys now than this browser has kept. */
  readonly isChanged: boolean;
  readonly now: string;
  readonly vkey: string;
}

/** What this browser trusts; the first time it is what the platform publishes. */
export const trustQuery = queryOptions({
  queryKey: ["ledger-trust"],
  queryFn: async ({ signal }): Promise<Trust> => {
    const now = await (await send("/ledger/keys", { signal })).text();
    const kept = keptKeys() ?? keepKeys(now);
    return { ...kept, now, isChanged: vkeyOf(kept.document) !== vkeyOf(now), vkey: vkeyOf(kept.document) };
  },
  staleTime: 30_000,
});

/** The log's verifier key of a `/ledger/keys` document; "" when it has none. */
function vkeyOf(document: string): string {
  const value = JSON.parse(document) as { readonly log?: { readonly vkey?: unknown } };
  return typeof value.log?.vkey === "string" ? value.log.vkey : "";
}
