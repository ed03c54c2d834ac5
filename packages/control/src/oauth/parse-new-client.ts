import { ROLES, invalidParams } from "@berth/protocol";
import type { FieldViolation } from "@berth/protocol";
import { INVOKE_SCOPE, PLATFORM_SCOPE } from "./oauth.ts";
import type { NewOAuthClient, OAuthClient } from "./oauth.ts";

const MAX_REDIRECTS = 20;
const MAX_SCOPES = 20;
/** RFC 6749 §3.3. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/;
const LOOPBACKS: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);
/** Schemes that a browser runs or shows by itself. */
const FORBIDDEN: ReadonlySet<string> = new Set(["javascript:", "data:", "vbscript:", "blob:", "file:", "about:"]);

type ClientRules = Pick<OAuthClient, "name" | "redirectUris" | "scopes" | "kind" | "role">;

/** @throws INVALID_PARAMS with every field that does not fit */
export function toClientRules(request: NewOAuthClient): ClientRules {
  const { name, redirectUris = [], scopes = [INVOKE_SCOPE], role } = request;
  const kind = request.kind ?? (role === undefined ? "public" : "confidential");
  const violations: FieldViolation[] = [];
  const refuse = (field: string, description: string): void => void violations.push({ field, description });
  if (!/^[^\p{C}]{1,100}$/u.test(name)) refuse("name", "must be 1 to 100 printable characters");
  if (redirectUris.length > MAX_REDIRECTS) refuse("redirectUris", `at most ${MAX_REDIRECTS}`);
  for (const [index, uri] of redirectUris.entries()) {
    if (!isRedirect(uri))
      refuse(
        `redirectUris[${index}]`,
        "must be https, http on this machine, or an app's own scheme, without a fragment",
      );
  }
  if (scopes.length === 0 || scopes.length > MAX_SCOPES || !scopes.every((scope) => SCOPE.test(scope))) {
    refuse("scopes", `must be 1 to ${MAX_SCOPES} names such as ${INVOKE_SCOPE} or ${PLATFORM_SCOPE}`);
  }
  if (role !== undefined && !Object.hasOwn(ROLES, role))
    refuse("role", `must be one of ${Object.keys(ROLES).join(", ")}`);
  if (role !== undefined && kind === "public")
    refuse("kind", "must be confidential for a client with a role: it needs a secret");
  if (role === undefined && redirectUris.length === 0)
    refuse("redirectUris", "must not be empty, except for a client with a role");
  if (violations.length > 0) throw invalidParams(violations);
  return { name, redirectUris, scopes, kind, ...(role === undefined ? {} : { role }) };
}

/** RFC 8252 §7: https, loopback, or a scheme of the app's own. */
function isRedirect(text: string): boolean {
  const url = text.length <= 1_000 ? URL.parse(text) : null;
  if (url === null || text.includes("#") || text.includes("*") || url.username !== "" || url.password !== "")
    return false;
  if (url.protocol === "https:") return true;
  if (url.protocol === "http:") return LOOPBACKS.has(url.hostname);
  return !FORBIDDEN.has(url.protocol);
}
