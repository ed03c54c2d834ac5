import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createNodeCrypto } from "./node/node-crypto.ts";
import { redactBundle } from "./redact-bundle.ts";
import { parseTrustPolicy } from "./trust-policy.ts";
import { verifyBundle } from "./verify-bundle.ts";

// Bundles that real platforms made, by release. Whoever holds such a file can verify it with every later release: a test
// that fails here is a broken promise, never a reason to make the file anew.
const FOLDER = join(import.meta.dirname, "../test/fixtures");
const read = (name: string): string => readFileSync(join(FOLDER, name), "utf8");
const BUNDLES = readdirSync(FOLDER).filter((name) => name.endsWith(".json") && !name.endsWith("-keys.json"));

describe("golden bundles", () => {
  it.each(BUNDLES)("%s verifies with the keys of its platform, whole and redacted", async (name) => {
    const [release = ""] = name.split("-");
    const trust = parseTrustPolicy(read(`${release}-keys.json`));
    for (const crypto of [undefined, createNodeCrypto()]) {
      const options = { trust, ...(crypto === undefined ? {} : { crypto }) };
      const whole = await verifyBundle(read(name), options);
      expect(whole.trusted).toBe(true);
      expect(whole.events.disclosed).toBe(whole.events.total);
      const redacted = await verifyBundle(redactBundle(read(name), { kinds: ["status"] }), options);
      expect(redacted.events.disclosed).toBeLessThan(whole.events.total);
      expect(redacted.contentHash).toBe(whole.contentHash);
    }
  });

  it("are of three runs of the first release", () => {
    expect(BUNDLES).toHaveLength(3);
  });
});
