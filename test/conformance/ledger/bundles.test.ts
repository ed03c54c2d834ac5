import { spawnSync } from "node:child_process";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  LedgerError,
  formatPublishedKeys,
  pae,
  parseBundle,
  parseTrustPolicy,
  payloadOf,
  redactBundle,
  toJwk,
  verifyBundle,
} from "@berth/ledger";
import type { SampleLog, SampleOptions } from "@berth/ledger/testing";
import { makeSampleLog } from "@berth/ledger/testing";
import { PlatformProcess, deployFolder, temporaryFolder, waitFor } from "@berth/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GoVerifier } from "./go-verifier.ts";
import { changedFields, flippedBytes } from "./tamper.ts";

const ROOT = join(import.meta.dirname, "../../..");
const GOLDEN = join(ROOT, "packages/ledger/test/fixtures");
const CANARY = "canary-7f3a-Grüße";

// A verifier that shares no code with us, over bundles of a real platform, of past releases, and of every kind of proof.
const folder = temporaryFolder();
let go: GoVerifier;
let keys: string;
/** Of the platform that runs now. */
const real = new Map<string, string>();

beforeAll(async () => {
  go = new GoVerifier(folder.path);
  await using platform = await PlatformProcess.start({ home: `${folder.path}/home` });
  for (const name of ["echo", "csv-analyst"]) await deployFolder(platform, join(ROOT, "examples", name));
  const run = async (agent: string, skill: string, input: unknown): Promise<string> => {
    const called = await platform.fetch(`/agents/${agent}/invoke/${skill}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(input),
    });
    // The platform's documented answer.
    const { taskId } = (await called.json()) as { taskId: string };
    return await waitFor("the receipt", async () => {
      const headers = { accept: "application/vnd.berth.receipt-bundle+json" };
      const response = await platform.fetch(`/agents/${agent}/runs/${taskId}/receipt`, { headers });
      return response.status === 200 ? await response.text() : undefined;
    });
  };
  real.set("echo", await run("echo", "echo", { text: CANARY }));
  real.set("csv-analyst", await run("csv-analyst", "summarize", { path: "sales.csv", column: "amount" }));
  real.set("csv-analyst, rejected", await run("csv-analyst", "summarize", { csv: "a,b\nx,y\n" }));
  const whole = [...real];
  for (const [name, bundle] of whole) {
    real.set(`${name}, redacted`, redactBundle(bundle, { kinds: ["status", "artifact"] }));
    real.set(`${name}, without events`, redactBundle(bundle, {}));
  }
  keys = await (await platform.fetch("/ledger/keys")).text();
});
afterAll(() => folder[Symbol.dispose]());

function keysOf({ origin, trust }: SampleLog): string {
  const [vkey = ""] = trust.logs;
  // The policy is read by the id of the key; the rest is for people.
  const controlPlane = trust.controlPlanes.map((keyid) => ({ keyid, jwk: toJwk(new Uint8Array(32)) }));
  return formatPublishedKeys({ origin, log: { vkey }, controlPlane });
}

async function weAccept(bundle: string, document: string): Promise<boolean> {
  try {
    await verifyBundle(bundle, { trust: parseTrustPolicy(document) });
    return true;
  } catch (error) {
    if (error instanceof LedgerError) return false;
    throw error;
  }
}

describe("a verifier in Go", () => {
  test("accepts every bundle that the platform made, whole and redacted", async () => {
    const verdicts = await go.verdicts(keys, [...real.values()]);
    expect(real.size).toBe(9);
    const refused = [...real.keys()].filter((_, i) => verdicts[i]?.startsWith("ok ") !== true);
    expect(refused, verdicts.join("\n")).toEqual([]);
  });

  test("accepts the bundles of past releases", async () => {
    const names = readdirSync(GOLDEN).filter((name) => !name.endsWith("-keys.json"));
    for (const name of names) {
      const [release = ""] = name.split("-");
      const trusted = readFileSync(join(GOLDEN, `${release}-keys.json`), "utf8").trimEnd();
      const [verdict] = await go.verdicts(trusted, [readFileSync(join(GOLDEN, name), "utf8")]);
      expect(verdict, name).toMatch(/^ok /);
    }
  });

  const SAMPLES: readonly (readonly [string, SampleOptions, string])[] = [
    ["addenda", { addenda: ["eval", "review", "adjust"] }, "3/3 events, 3 addenda"],
    ["keys that took over", { rotations: 3, handedOver: true, addenda: ["review"] }, "3/3 events, 1 addenda"],
    ["withheld events in a long log", { withheld: [2], filler: [255, 3, 300] }, "2/3 events, 0 addenda"],
  ];
  test.each(SAMPLES)("accepts %s, and refuses them with any one field changed", async (_what, options, summary) => {
    const sample = await makeSampleLog(options);
    const document = keysOf(sample);
    expect(await go.verdicts(document, [sample.bundle])).toEqual([expect.stringContaining(summary)]);
    const changed = changedFields(sample.bundle);
    const verdicts = await go.verdicts(
      document,
      changed.map(({ bundle }) => bundle),
    );
    expect(changed.filter((_, i) => verdicts[i]?.startsWith("refused ") !== true).map(({ field }) => field)).toEqual(
      [],
    );
  });

  test("refuses every tampered bundle of the platform, as we do: each field changed, a bit of each byte flipped", async () => {
    const tampered = [
      ...[...real.values()].flatMap((bundle) => changedFields(bundle).map(({ bundle: changed }) => changed)),
      ...flippedBytes(real.get("echo, redacted") ?? ""),
    ];
    const verdicts = await go.verdicts(keys, tampered);
    expect(tampered.length).toBeGreaterThan(1_000);
    expect(tampered.filter((_, i) => verdicts[i]?.startsWith("refused ") !== true)).toEqual([]);
    for (const bundle of tampered) expect(await weAccept(bundle, keys)).toBe(false);
  });

  test("refuses the bundles of a platform that it does not trust", async () => {
    const stranger = keysOf(await makeSampleLog());
    const verdicts = await go.verdicts(stranger, [...real.values()]);
    expect(verdicts.filter((verdict) => !verdict.startsWith("refused "))).toEqual([]);
  });
});

describe("openssl", () => {
  function accepts(publicKey: Uint8Array, data: Uint8Array, signature: Uint8Array): boolean {
    // SubjectPublicKeyInfo of Ed25519 (RFC 8410) is this prefix and the raw key.
    const spki = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), publicKey]);
    const files = { "key.der": spki, data, sig: signature };
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder.path, name), bytes);
    const args = "pkeyutl -verify -rawin -pubin -keyform DER -inkey key.der -in data -sigfile sig".split(" ");
    const { status, stdout, error } = spawnSync("openssl", args, {
      cwd: folder.path,
      encoding: "utf8",
      timeout: 30_000,
    });
    if (status !== 0 && status !== 1) throw new Error(`openssl did not run: ${error?.message ?? status}`);
    return stdout.includes("Signature Verified Successfully");
  }

  test("accepts both signatures of every envelope, and neither for a changed payload", () => {
    for (const [name, bundle] of real) {
      const { envelope, serviceAccount, controlPlane } = parseBundle(bundle);
      const signed = pae(envelope.payloadType, payloadOf(envelope));
      for (const [i, { publicKey }] of [serviceAccount, controlPlane].entries()) {
        const signature = Buffer.from(envelope.signatures[i]?.sig ?? "", "base64");
        expect(accepts(publicKey, signed, signature), name).toBe(true);
        expect(accepts(publicKey, signed.with(signed.length - 9, 0x41), signature), name).toBe(false);
      }
    }
  });
});

test("what was redacted cannot be found in the file in any encoding", () => {
  const whole = real.get("echo") ?? "";
  const needles = (text: string): readonly string[] => {
    const bytes = Buffer.from(text);
    // Base64 of the same bytes at each of the three alignments, without what depends on the neighbours.
    const base64 = [0, 1, 2].map((shift) => {
      const encoded = Buffer.concat([Buffer.alloc(shift), bytes])
        .toString("base64")
        .replaceAll("=", "");
      return encoded.slice(shift === 0 ? 0 : shift + 1, -2);
    });
    return [text, bytes.toString("hex"), JSON.stringify(text).slice(1, -1), ...base64];
  };
  const found = (bundle: string): readonly string[] => {
    const payload = Buffer.from(payloadOf(parseBundle(bundle).envelope)).toString("utf8");
    return needles(CANARY).filter((needle) => bundle.includes(needle) || payload.includes(needle));
  };
  expect(found(whole).length).toBeGreaterThan(0);
  expect(found(redactBundle(whole, { kinds: ["status"] }))).toEqual([]);
});
