import { PlatformError, hasScope } from "@berth/protocol";
import type { Principal, Scope } from "@berth/protocol";

/** @throws UNAUTHENTICATED for nobody, PERMISSION_DENIED for somebody without the scope. */
export function assertScope(principal: Principal, ...anyOf: readonly Scope[]): void {
  if (anyOf.some((scope) => hasScope(principal, scope))) return;
  if (principal.kind === "anonymous") {
    throw new PlatformError("UNAUTHENTICATED", "This needs a credential.", {
      hint: "Send `Authorization: Bearer <API key>`.",
    });
  }
  throw new PlatformError("PERMISSION_DENIED", `This needs the scope ${anyOf.map((s) => `"${s}"`).join(" or ")}.`, {
    hint: "Ask an administrator for a key with that scope.",
  });
}
