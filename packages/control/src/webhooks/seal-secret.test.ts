import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { SecretSealer } from "./seal-secret.ts";

const key = randomBytes(32);
const sealer = new SecretSealer({ key, randomBytes });

test("a sealed secret opens under its id and key, and looks different each time", () => {
  const sealed = sealer.seal("hook_1", "whsec_ä");
  expect(sealer.open("hook_1", sealed)).toBe("whsec_ä");
  expect(sealed).not.toContain("whsec");
  expect(sealer.seal("hook_1", "whsec_ä")).not.toBe(sealed);
});

test("it opens under a key that was replaced, and is sealed under the new one", () => {
  const sealed = sealer.seal("hook_1", "secret");
  const rotated = new SecretSealer({ key: randomBytes(32), earlierKeys: [key], randomBytes });
  expect(rotated.open("hook_1", sealed)).toBe("secret");
  expect(() => sealer.open("hook_1", rotated.seal("hook_1", "secret"))).toThrow();
});

test("it does not open elsewhere or when it was changed", () => {
  const sealed = sealer.seal("hook_1", "secret");
  const [version, encoded = ""] = sealed.split(".");
  const bytes = Buffer.from(encoded, "base64url");
  bytes.writeUInt8(bytes.readUInt8(14) ^ 1, 14);
  expect(() => sealer.open("hook_2", sealed)).toThrow();
  expect(() => sealer.open("hook_1", `${version}.${bytes.toString("base64url")}`)).toThrow();
  expect(() => sealer.open("hook_1", `v2.${encoded}`)).toThrow("unknown form v2");
  expect(() => sealer.open("hook_1", "v1.")).toThrow();
  expect(() => new SecretSealer({ key: randomBytes(32), randomBytes }).open("hook_1", sealed)).toThrow();
});
