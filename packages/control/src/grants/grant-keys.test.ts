import { chmod, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "@berth/testing";
import { describe, expect, it } from "vitest";
import { formatToken, verifyToken } from "./grant-token.ts";
import { loadGrantKeys } from "./grant-keys.ts";

const DAY = 24 * 60 * 60_000;
const at = (day: number) => (): Date => new Date(Date.parse("2026-11-29T10:00:00Z") + day * DAY);
const grant = { grantId: "gr_01hzzzzzzzzzzzzzzzzzzzzzzz", caveats: ['["exp",1]'] };
const nonce = new Uint8Array(16);

describe("loadGrantKeys", () => {
  it("makes a key once, readable by the owner only, and finds it again", async () => {
    using folder = temporaryFolder("berth-grant-keys");
    const keys = await loadGrantKeys(folder.path, at(0));
    const again = await loadGrantKeys(folder.path, at(29));
    expect(again.newest.kid).toBe(keys.newest.kid);
    expect(verifyToken(formatToken(grant, { orgId: "org_1", keys, nonce }), { orgId: "org_1", keys: again })).toEqual(
      grant,
    );
    expect((await stat(join(folder.path, "grants.keys"))).mode & 0o777).toBe(0o600);
  });

  it("signs with a new key after 30 days and still knows the one before, no longer", async () => {
    using folder = temporaryFolder("berth-grant-keys");
    const signed = [];
    for (const day of [0, 31, 62]) {
      const keys = await loadGrantKeys(folder.path, at(day));
      signed.push(formatToken(grant, { orgId: "org_1", keys, nonce }));
    }
    const keys = await loadGrantKeys(folder.path, at(63));
    const known = signed.map((token) => verifyToken(token, { orgId: "org_1", keys }) !== undefined);
    expect(known).toEqual([false, true, true]);
    expect((await readFile(join(folder.path, "grants.keys"), "utf8")).trim().split("\n").length).toBe(2);
  });

  it("gives each organization a key of its own", async () => {
    using folder = temporaryFolder("berth-grant-keys");
    const keys = await loadGrantKeys(folder.path, at(0));
    const token = formatToken(grant, { orgId: "org_1", keys, nonce });
    expect(verifyToken(token, { orgId: "org_2", keys })).toBeUndefined();
    expect(verifyToken(token, { orgId: "", keys })).toBeUndefined();
  });

  it("refuses a file that holds something else, or that others may read", async () => {
    using folder = temporaryFolder("berth-grant-keys");
    await loadGrantKeys(folder.path, at(0));
    const path = join(folder.path, "grants.keys");
    for (const text of ["", "x\n", `k ${"0".repeat(63)}\n`, `../k ${"0".repeat(64)}\n`]) {
      await writeFile(path, text);
      await expect(loadGrantKeys(folder.path, at(0))).rejects.toMatchObject({ reason: "CONFIG_INVALID" });
    }
    await chmod(path, 0o644);
    await expect(loadGrantKeys(folder.path, at(0))).rejects.toMatchObject({ reason: "CONFIG_INVALID" });
  });
});
