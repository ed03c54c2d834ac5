import { queryOptions } from "@tanstack/react-query";
import { api } from "./client.ts";

export interface WhoAmI {
  readonly kind: "user" | "api_key" | "service_account" | "external" | "anonymous" | "system";
  readonly id: string;
  readonly orgId: string;
  readonly scopes: readonly string[];
  readonly name: string | null;
  readonly organizations: readonly { readonly orgId: string; readonly name: string; readonly role?: string }[];
}

export const whoAmI = queryOptions({
  queryKey: ["whoami"],
  queryFn: async ({ signal }) => await api<WhoAmI>("/v1/whoami", { signal }),
  staleTime: 60_000,
  retry: false,
});

export async function signIn(credential: object): Promise<void> {
  await api("/v1/sessions", { method: "POST", body: credential });
}

export async function signOut(): Promise<void> {
  await api("/v1/sessions", { method: "DELETE" });
}

/** Whether a right of `packages/protocol/src/principal.ts` is held; what is not is not offered. */
export function may(who: Pick<WhoAmI, "scopes">, ...anyOf: readonly string[]): boolean {
  return who.scopes.some((scope) => scope === "owner" || scope === "admin" || anyOf.includes(scope));
}
