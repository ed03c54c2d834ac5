import type { AgentCall } from "@berth/runtime";
import type { GrantScope } from "@berth/store";
import type { HeldGrant } from "../grants/grants.ts";
import { partOf } from "../grants/part-of.ts";

/**
 * What a called agent gets of the caller's grant. What it writes lies among the caller's outputs: below a folder of its
 * own that it may also read, unless the caller names one. @throws INVALID_PARAMS, PATH_INVALID, GRANT_EXCEEDED
 */
export function handedScope(held: HeldGrant, handed: NonNullable<AgentCall["grant"]>, callId: string): GrantScope {
  const { read = [], write, maxCost, maxCalls } = handed;
  const own = held.scope.write === undefined ? undefined : `${held.scope.write}calls/${callId}/`;
  const limits = {
    ...(maxCost === undefined ? {} : { maxCost }),
    ...(maxCalls === undefined ? {} : { maxCalls }),
  };
  if (write !== undefined) return partOf(held, { read, write, ...limits });
  const asked = partOf(held, { read, ...limits });
  if (own === undefined) return asked;
  // A caller that may not read its outputs, or not write any more, hands on what it has.
  const wishes = [
    { ...asked, read: [...read, `${own}**`], write: own },
    { ...asked, write: own },
  ];
  return wishes.find((wish) => isPart(held, wish)) ?? asked;
}

function isPart(held: HeldGrant, scope: GrantScope): boolean {
  try {
    partOf(held, scope);
    return true;
  } catch {
    return false;
  }
}
