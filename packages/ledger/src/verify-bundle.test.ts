import { beforeAll, describe, expect, it } from "vitest";
import { makeSampleLog, nodeSigner } from "../test/sample-bundle.ts";
import type { SampleLog } from "../test/sample-bundle.ts";
import { IN_TOTO_PAYLOAD_TYPE, signEnvelope } from "./dsse.ts";
import { keyId } from "./ed25519.ts";
import { LedgerError } from "./ledger-error.ts";
import { formatBundle } from "./receipt-bundle.ts";
import type { BundleParts } from "./receipt-bundle.ts";
import { formatPublishedKeys, parseTrustPolicy } from "./trust-policy.ts";
import { verifyBundle } from "./verify-bundle.ts";

let sample: SampleLog;
beforeAll(async () => {
  sample = await makeSampleLog();
});

async function failedCheck(bundle: string, options: Parameters<typeof verifyBundle>[1] = {}): Promise<string> {
  try {
    await verifyBundle(bundle, options);
  } catch (error) {
    if (error instanceof LedgerError) return error.check;
    throw error;
  }
  return "accepted";
}

describe("verifyBundle", () => {
  it("accepts a bundle that agrees with itself, and says that nobody vouched for its keys", async () => {
    const verified = await verifyBundle(sample.bundle);
    expect(verified.trusted).toBe(false);
    expect(verified.statement).toEqual(sample.statement);
    expect(verified.events).toMatchObject({ total: 3, disclosed: 3 });
    expect(verified.log).toMatchObject({ origin: sample.origin, size: sample.entries.length, index: 7 });
    expect(verified.checks).toEqual([
      "format",
      "envelope",
      "payload",
      "keys",
      "signature.sa",
      "signature.cp",
      "events",
      "log.checkpoint",
      "log.receipt",
      "log.sa-key",
      "log.cp-key",
    ]);
  });

  it("is trusted with a policy that names its log and control plane", async () => {
    const verified = await verifyBundle(`${sample.bundle}\n`, { trust: sample.trust });
    expect(verified.trusted).toBe(true);
    expect(verified.checks.slice(-2)).toEqual(["trust.log", "trust.control-plane"]);
  });

  it("refuses a bundle of somebody else's making, however well it agrees with itself", async () => {
    const other = await makeSampleLog();
    expect(await failedCheck(other.bundle, { trust: sample.trust })).toBe("trust.log");
    const trust = { ...other.trust, controlPlanes: sample.trust.controlPlanes };
    expect(await failedCheck(other.bundle, { trust })).toBe("trust.control-plane");
  });

  it("accepts withheld events and gives away nothing of them", async () => {
    const redacted = await makeSampleLog({ withheld: [1] });
    expect((await verifyBundle(redacted.bundle)).events).toMatchObject({ total: 3, disclosed: 2 });
    expect(redacted.bundle).not.toContain("Grüße");
  });

  it("accepts members that a later version of the receipt adds", async () => {
    const grants = { later: ["g"] };
    const later = await makeSampleLog({
      change: (statement) => ({ ...statement, predicate: { ...statement.predicate, ...grants } }),
    });
    expect(await failedCheck(later.bundle)).toBe("accepted");
  });

  it.each([0, 1, 255, 256, 300])("holds in logs with %i entries before the receipt's keys", async (before) => {
    const log = await makeSampleLog({ filler: [before, 0, before % 7] });
    expect(await failedCheck(log.bundle, { trust: log.trust })).toBe("accepted");
  });

  it("refuses every flipped bit: one of each character's lower seven, all characters", async () => {
    const accepted: string[] = [];
    for (let at = 0; at < sample.bundle.length; at++) {
      const code = sample.bundle.charCodeAt(at) ^ (1 << (at % 7));
      const text = sample.bundle.slice(0, at) + String.fromCharCode(code) + sample.bundle.slice(at + 1);
      if ((await failedCheck(text)) === "accepted") accepted.push(`${at}: ${text.slice(at - 20, at + 20)}`);
    }
    expect(accepted).toEqual([]);
  });

  it("refuses every truncation and any re-formatting", async () => {
    for (let length = 0; length < sample.bundle.length; length += 97) {
      expect(await failedCheck(sample.bundle.slice(0, length))).toBe("format");
    }
    expect(await failedCheck(JSON.stringify(JSON.parse(sample.bundle), undefined, 1))).toBe("format");
    expect(await failedCheck(`${sample.bundle}\n\n`)).toBe("format");
    expect(await failedCheck(sample.bundle.replace('{"envelope"', '{"a":1,"envelope"'))).toBe("format");
  });
});

describe("verifyBundle names the first thing that does not hold", () => {
  const tampered = (change: (parts: BundleParts) => Partial<BundleParts>): string =>
    formatBundle({ ...sample.parts, ...change(sample.parts) });
  const otherHash = new Uint8Array(32).fill(1);

  it("envelope: another payload type, a missing signature", async () => {
    const envelope = sample.parts.envelope;
    expect(await failedCheck(tampered(() => ({ envelope: { ...envelope, payloadType: "text/plain" } })))).toBe(
      "envelope",
    );
    const one = { ...envelope, signatures: envelope.signatures.slice(0, 1) };
    expect(await failedCheck(tampered(() => ({ envelope: one })))).toBe("envelope");
  });

  it("payload: not canonical, not a run receipt", async () => {
    const payload = (text: string): string =>
      tampered(({ envelope }) => ({ envelope: { ...envelope, payload: Buffer.from(text).toString("base64") } }));
    const text = Buffer.from(sample.payload).toString();
    expect(await failedCheck(payload(text.replace("{", "{ ")))).toBe("payload");
    expect(await failedCheck(payload(text.replace("run-receipt/v1", "run-receipt/v9")))).toBe("payload");
    expect(await failedCheck(payload(text.replace('"agent_seq":1', '"agent_seq":1.5')))).toBe("payload");
    expect(await failedCheck(payload(text.replace('"agent_seq":1,', "")))).toBe("payload");
    expect(await failedCheck(payload('{"a":1,"a":1}'))).toBe("payload");
  });

  it("keys: another service account, one key for both roles, swapped signatures", async () => {
    const { parts, signers } = sample;
    const stranger = { ...parts.serviceAccount, publicKey: nodeSigner().publicKey };
    expect(await failedCheck(tampered(() => ({ serviceAccount: stranger })))).toBe("keys");
    const shared = { ...parts.controlPlane, publicKey: signers.serviceAccount.publicKey };
    expect(await failedCheck(tampered(() => ({ controlPlane: shared })))).toBe("keys");
    const swapped = { ...parts.envelope, signatures: parts.envelope.signatures.toReversed() };
    expect(await failedCheck(tampered(() => ({ envelope: swapped })))).toBe("keys");
  });

  it("format: a key of small order", async () => {
    const weak = { ...sample.parts.controlPlane, publicKey: Uint8Array.of(1, ...new Uint8Array(31)) };
    expect(await failedCheck(tampered(() => ({ controlPlane: weak })))).toBe("format");
  });

  it("signature.sa and signature.cp: signed by others in their name", async () => {
    const { payload, signers } = sample;
    const forge = async (sa: typeof signers.log, cp: typeof signers.log): Promise<string> => {
      const envelope = await signEnvelope(IN_TOTO_PAYLOAD_TYPE, payload, [
        { keyid: keyId("sa", signers.serviceAccount.publicKey), signer: sa },
        { keyid: keyId("cp", signers.controlPlane.publicKey), signer: cp },
      ]);
      return await failedCheck(tampered(() => ({ envelope })));
    };
    expect(await forge(nodeSigner(), signers.controlPlane)).toBe("signature.sa");
    expect(await forge(signers.serviceAccount, signers.serviceAccount)).toBe("signature.cp");
  });

  it("events: one changed, missing, doubled, out of order, or with another salt", async () => {
    const { events } = sample.parts;
    const [first, second, third] = events;
    if (first === undefined || second === undefined || third === undefined) throw new Error("the sample has 3 events");
    const lists = [
      [first, second],
      [first, second, third, third],
      [second, first, third],
      [{ ...first, salt: new Uint8Array(16) }, second, third],
      [{ leaf: otherHash }, second, third],
      [{ event: { taskId: "task_1", seq: 1 }, salt: new Uint8Array(16) }, second, third],
    ];
    for (const list of lists) expect(await failedCheck(tampered(() => ({ events: list })))).toBe("events");
  });

  it("log.checkpoint: of another log, or not signed by the log's key", async () => {
    const other = await makeSampleLog();
    const { log } = sample.parts;
    const foreign = { ...log, checkpoint: other.parts.log.checkpoint };
    expect(await failedCheck(tampered(() => ({ log: foreign })))).toBe("log.checkpoint");
    const moved = await makeSampleLog({
      change: (statement) => ({ ...statement, predicate: { ...statement.predicate, log: "other.test/ledger/1" } }),
    });
    expect(await failedCheck(moved.bundle)).toBe("log.checkpoint");
  });

  it("log.receipt, log.sa-key, log.cp-key: not where they claim to be", async () => {
    const { receipt, serviceAccount, controlPlane } = sample.parts;
    const wrong = <T extends { readonly proof: readonly Uint8Array[] }>(at: T): T => ({
      ...at,
      proof: at.proof.with(0, otherHash),
    });
    expect(await failedCheck(tampered(() => ({ receipt: wrong(receipt) })))).toBe("log.receipt");
    expect(await failedCheck(tampered(() => ({ receipt: { ...receipt, index: 2 ** 52 } })))).toBe("log.receipt");
    expect(await failedCheck(tampered(() => ({ serviceAccount: wrong(serviceAccount) })))).toBe("log.sa-key");
    expect(await failedCheck(tampered(() => ({ controlPlane: wrong(controlPlane) })))).toBe("log.cp-key");
    const late = { ...controlPlane, index: receipt.index + 1 };
    expect(await failedCheck(tampered(() => ({ controlPlane: late })))).toBe("log.cp-key");
  });

  it("log.sa-key: the key was announced for another agent", async () => {
    expect(await failedCheck((await makeSampleLog({ announcedFor: "agt_2" })).bundle)).toBe("log.sa-key");
  });
});

describe("parseTrustPolicy", () => {
  it("reads the document that the platform publishes", async () => {
    const text = formatPublishedKeys({
      origin: sample.origin,
      log: { vkey: sample.parts.log.vkey },
      controlPlane: [
        {
          keyid: keyId("cp", sample.signers.controlPlane.publicKey),
          jwk: {
            crv: "Ed25519",
            kty: "OKP",
            x: Buffer.from(sample.signers.controlPlane.publicKey).toString("base64url"),
          },
        },
      ],
    });
    expect(parseTrustPolicy(text)).toEqual(sample.trust);
    expect((await verifyBundle(sample.bundle, { trust: parseTrustPolicy(text) })).trusted).toBe(true);
  });

  it.each(["", "[]", "{}", '{"log":{"vkey":"x"},"controlPlane":[]}'])("refuses %j", (text) => {
    expect(() => parseTrustPolicy(text)).toThrow(LedgerError);
  });
});
