import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ORG, PEER, addCaveat, openGrants, reasonOf } from "./grants.fixture.ts";
import type { GrantsHouse } from "./grants.fixture.ts";
import type { GrantHolder, GrantOperation, IssuedGrant } from "./grants.ts";

let house: GrantsHouse;
let issued: IssuedGrant;
beforeEach(async () => {
  house = await openGrants();
  issued = await house.grants.mint(house.newGrant());
});
afterEach(() => house[Symbol.dispose]());

const check = async (token: string, operation: GrantOperation): Promise<string> =>
  await reasonOf(house.grants.check(token, PEER, operation));
const verify = async (token: string, peer: GrantHolder = PEER): Promise<string> =>
  await reasonOf(house.grants.verify(token, peer));

describe("the token of a grant", () => {
  it("is of no use in other hands: another agent's, another organization's, or none", async () => {
    expect(await verify(issued.token, { ...PEER, agentId: "agt_2" })).toBe("GRANT_INVALID");
    expect(await verify(issued.token, { ...PEER, orgId: "org_2" })).toBe("GRANT_INVALID");
    expect(await reasonOf(house.grants.identify(issued.token, { ...PEER, agentId: "agt_2" }))).toBe("GRANT_INVALID");
    expect(await reasonOf(house.grants.current(issued.token, { ...PEER, agentId: "agt_2" }))).toBe("GRANT_INVALID");
    expect(await verify("")).toBe("GRANT_REQUIRED");
  });

  it("that is refused is written down, once in a while", async () => {
    for (let i = 0; i < 3; i++) await verify(issued.token, { ...PEER, agentId: "agt_2" });
    const entries = await house.store.audit.list(ORG, 10);
    expect(entries).toMatchObject([{ actor: "agt_2", action: "grant.use", outcome: "denied" }]);
  });

  it("is refused after any change of any of its bytes", async () => {
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/ .\u0000é";
    let accepted = 0;
    for (let i = 0; i < issued.token.length; i++) {
      for (const other of Array.from(alphabet)) {
        if (other === issued.token[i]) continue;
        const changed = issued.token.slice(0, i) + other + issued.token.slice(i + 1);
        if ((await verify(changed)) !== "GRANT_INVALID") accepted += 1;
      }
    }
    const bytes = Buffer.from(issued.token.slice(5), "base64url");
    for (let i = 0; i < bytes.length; i++) {
      for (const bit of [1, 2, 4, 8, 16, 32, 64, 128]) {
        const changed = Buffer.from(bytes);
        changed[i] = (changed[i] ?? 0) ^ bit;
        if ((await verify(`acg1_${changed.toString("base64url")}`)) !== "GRANT_INVALID") accepted += 1;
      }
    }
    expect(accepted).toBe(0);
  });

  it.each([
    ["cut short", (token: string) => token.slice(0, -1)],
    ["made longer", (token: string) => `${token}A`],
    ["padded", (token: string) => `${token}=`],
    ["with a space", (token: string) => ` ${token}`],
    ["without its prefix", (token: string) => token.slice(5)],
    ["of another version", (token: string) => `acg2_${token.slice(5)}`],
    ["twice", (token: string) => token + token],
    ["too large", (token: string) => token + "A".repeat(4_096)],
    ["only a prefix", () => "acg1_"],
  ])("is refused %s", async (_how, change) => {
    expect(await verify(change(issued.token))).toBe("GRANT_INVALID");
  });

  it("can be narrowed by its holder and not widened", async () => {
    const narrow = addCaveat(issued.token, '["read","data/a/*"]');
    expect(await check(narrow, { op: "read", path: "data/a/x" })).toBe("ok");
    expect(await check(narrow, { op: "read", path: "data/b/x" })).toBe("GRANT_EXCEEDED");
    const held = await house.grants.verify(narrow, PEER);
    expect(house.grants.allows(held, { op: "list", path: "data/b/x" })).toBe(false);
    const wide = addCaveat(addCaveat(issued.token, '["read","**"]'), '["exp",9999999999]');
    expect(await check(wide, { op: "read", path: "secret" })).toBe("GRANT_EXCEEDED");
    expect(await check(addCaveat(issued.token, '["exp",1]'), { op: "read", path: "data/a" })).toBe("GRANT_EXPIRED");
    // Else its current grant would be the wide one again.
    expect(await reasonOf(house.grants.current(narrow, PEER))).toBe("GRANT_INVALID");
    const handed = house.newGrant({ runId: "task_2", agentId: "agt_2", scope: { read: ["data/b/*"] } });
    expect(await reasonOf(house.grants.attenuate(held, handed))).toBe("GRANT_EXCEEDED");
  });

  it("with a caveat that nobody knows denies everything", async () => {
    for (const caveat of ['["skill","x"]', "time < 2030", "[]", '["read", "**"]']) {
      expect(await verify(addCaveat(issued.token, caveat))).toBe("GRANT_INVALID");
    }
  });

  it("with more caveats than it may have is refused", async () => {
    let token = issued.token;
    for (let i = 0; i < 32; i++) token = addCaveat(token, '["exp",9999999999]');
    expect(await verify(token)).toBe("GRANT_INVALID");
  });
});
