import { expect, it } from "vitest";
import { ACTIONS, isAcrossAgents, isAllowed } from "./actions.ts";
import type { Action } from "./actions.ts";
import { SCOPES } from "./principal.ts";

it("gives a credential of some agents only nothing that concerns all of them, whatever its scopes", () => {
  // The keys of a const object are its type's.
  const actions = Object.keys(ACTIONS) as Action[];
  const shared = actions.filter((action) => /^(?:approval|grant|workspace)\.|^ledger\.check$/.test(action));
  expect(actions.filter(isAcrossAgents).toSorted()).toEqual(shared.toSorted());
  for (const action of actions) {
    expect(isAllowed({ scopes: SCOPES }, action), action).toBe(true);
    expect(isAllowed({ scopes: SCOPES, agents: ["echo"] }, action), action).toBe(!shared.includes(action));
  }
});
