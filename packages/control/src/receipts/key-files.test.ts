import { chmod, mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { verifyEd25519 } from "@berth/ledger";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadReceiptKeys } from "./key-files.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-keys-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("loadReceiptKeys", () => {
  it("makes keys once, readable by the owner only, and finds them again", async () => {
    const first = await loadReceiptKeys(join(folder, "keys"));
    const account = await first.serviceAccount("agt_1");
    const again = await loadReceiptKeys(join(folder, "keys"));
    expect(again.log.publicKey).toEqual(first.log.publicKey);
    expect(again.controlPlane.publicKey).toEqual(first.controlPlane.publicKey);
    expect(again.saltKey).toEqual(first.saltKey);
    expect((await again.serviceAccount("agt_1")).publicKey).toEqual(account.publicKey);
    expect(first.log.publicKey).not.toEqual(first.controlPlane.publicKey);

    const files = await readdir(join(folder, "keys"), { recursive: true, withFileTypes: true });
    const names = files.filter((file) => file.isFile()).map((file) => file.name);
    expect(names.sort()).toEqual(["agt_1.pem", "control-plane.pem", "log.pem", "salt.key", "witness.pem"]);
    for (const file of files) {
      const { mode } = await stat(join(file.parentPath, file.name));
      expect(mode & 0o777).toBe(file.isFile() ? 0o600 : 0o700);
    }
  });

  it("makes one key when an agent's is asked for twice at once", async () => {
    const keys = await loadReceiptKeys(folder);
    const [a, b] = await Promise.all([keys.serviceAccount("agt_1"), keys.serviceAccount("agt_1")]);
    expect(a.publicKey).toEqual(b.publicKey);
    expect((await keys.serviceAccount("agt_2")).publicKey).not.toEqual(a.publicKey);
  });

  it("signs what verifies under the public key", async () => {
    const { log } = await loadReceiptKeys(folder);
    const data = Buffer.from("data");
    await verifyEd25519(log.publicKey, data, await log.sign(data));
  });

  it.each(["", "../log", "a/b", "A", "a.b", "a".repeat(65)])("refuses %j as an agent id", async (id) => {
    await expect((await loadReceiptKeys(folder)).serviceAccount(id)).rejects.toThrow("not an agent id");
  });

  it("refuses a file that is no key, and never replaces it", async () => {
    await loadReceiptKeys(folder);
    await writeFile(join(folder, "log.pem"), "");
    await expect(loadReceiptKeys(folder)).rejects.toMatchObject({ reason: "CONFIG_INVALID" });
    expect(await readFile(join(folder, "log.pem"), "utf8")).toBe("");
  });

  it("refuses a key that others may read, and says how to mend it", async () => {
    await loadReceiptKeys(folder);
    await chmod(join(folder, "salt.key"), 0o640);
    await expect(loadReceiptKeys(folder)).rejects.toMatchObject({
      reason: "CONFIG_INVALID",
      hint: expect.stringContaining("chmod 600"),
    });
  });

  it("says so when the folder cannot be made", async () => {
    await writeFile(join(folder, "file"), "");
    await expect(loadReceiptKeys(join(folder, "file", "keys"))).rejects.toMatchObject({ reason: "HOME_UNWRITABLE" });
  });
});
