import type { GrantRecord, GrantScope } from "@berth/store";
import { coversScope } from "./caveat-list.ts";
import { partExceeded, scopeWithin } from "./grant-scope.ts";
import type { HeldGrant } from "./grants.ts";

/**
 * What of a grant goes into other hands: within its record and, when its holder has narrowed the token, within that too.
 * A limit that is not named is the grant's. @throws INVALID_PARAMS, PATH_INVALID, GRANT_EXCEEDED
 */
export function partOf(grant: GrantRecord | HeldGrant, scope: GrantScope): GrantScope {
  const part = scopeWithin(scope, grant.scope);
  const said = "caveats" in grant ? grant.caveats : [];
  if (said.every((caveat) => coversScope(caveat, part))) return part;
  throw partExceeded("the token in hand");
}
