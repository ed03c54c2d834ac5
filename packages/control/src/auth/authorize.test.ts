import { expect, it } from "vitest";
import type { Principal } from "@berth/protocol";
import { authorize, mayActOn } from "./authorize.ts";

const key = (agents?: readonly string[]): Principal => ({
  kind: "api_key",
  id: "key_1",
  orgId: "org_1",
  scopes: ["read", "deploy", "operate", "approve", "invoke"],
  ...(agents === undefined ? {} : { agents }),
});

it("refuses a key of some agents only what concerns all of them, and says which key it takes", () => {
  for (const action of [
    "workspace.read",
    "workspace.write",
    "approval.decide",
    "grant.revoke",
    "ledger.check",
  ] as const) {
    authorize(key(), action);
    expect(() => authorize(key(["echo"]), action), action).toThrow(
      expect.objectContaining({
        reason: "PERMISSION_DENIED",
        message: expect.stringContaining("for some only"),
        hint: expect.stringContaining("not restricted"),
      }),
    );
  }
  authorize(key(["echo"]), "agent.invoke");
  expect(mayActOn(key(["echo"]), "task.read_all", { orgId: "org_1", ownerId: "usr_2" })).toBe(true);
});
