import type { Principal } from "@berth/protocol";
import type { Auth } from "./auth.ts";

/**
 * With the rights that a key or a user has by now. What another issuer vouched for is taken as it was then: there is
 * nobody to ask. @throws UNAUTHENTICATED
 */
export async function currentPrincipal(auth: Pick<Auth, "principalOf">, principal: Principal): Promise<Principal> {
  const { kind, id, orgId } = principal;
  return kind === "api_key" || kind === "user" ? await auth.principalOf(id, orgId) : principal;
}
