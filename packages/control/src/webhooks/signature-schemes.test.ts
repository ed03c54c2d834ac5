import { createHmac, randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { SIGNATURE_SCHEMES } from "./signature-schemes.ts";
import type { RawDelivery } from "./webhooks.ts";

const NOW = new Date("2026-11-29T12:00:00Z");
const body = Buffer.from('{"n":1}');

function delivery(headers: Record<string, string>, content: Uint8Array = body): RawDelivery {
  return { header: (name) => headers[name], body: content };
}

const refused = expect.objectContaining({ reason: "UNAUTHENTICATED" });

describe("standard", () => {
  const { create, objection, verify } = SIGNATURE_SCHEMES.standard;
  const secret = create(randomBytes);
  const at = String(NOW.getTime() / 1_000);
  const sign = (id: string, timestamp: string, key: string = secret): string =>
    createHmac("sha256", Buffer.from(key.slice(6), "base64"))
      .update(`${id}.${timestamp}.`)
      .update(body)
      .digest("base64");
  const headers = (change: Record<string, string> = {}): Record<string, string> => ({
    "webhook-id": "msg_1",
    "webhook-timestamp": at,
    "webhook-signature": `v1,${sign("msg_1", at)}`,
    ...change,
  });

  test("holds the vector of the specification's reference libraries", () => {
    const known = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const signed = createHmac("sha256", Buffer.from(known.slice(6), "base64"))
      .update('msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}')
      .digest("base64");
    expect(signed).toBe("g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    const vector = delivery(
      {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": `v1,${signed}`,
      },
      Buffer.from('{"test": 2432232314}'),
    );
    expect(verify(known, vector, new Date(1_614_265_330_000))).toEqual({ deliveryId: "msg_p5jXN8AQM9LWM0D4loKWxJek" });
  });

  test("takes one of several signatures, as during a rotation", () => {
    const other = create(randomBytes);
    const both = `v1a,unknown v1,${sign("msg_1", at, other)} v1,${sign("msg_1", at)}`;
    expect(verify(secret, delivery(headers({ "webhook-signature": both })), NOW)).toEqual({ deliveryId: "msg_1" });
  });

  test("refuses what was changed: id, time, body, signature, version", () => {
    const good = sign("msg_1", at);
    const changes: Record<string, string>[] = [
      { "webhook-id": "msg_2" },
      { "webhook-id": "" },
      { "webhook-timestamp": String(Number(at) + 1) },
      { "webhook-timestamp": "soon" },
      { "webhook-signature": "" },
      { "webhook-signature": good },
      { "webhook-signature": `v2,${good}` },
      { "webhook-signature": `v1,${good.slice(0, -4)}` },
      { "webhook-signature": `v1,${sign("msg_1", at, create(randomBytes))}` },
    ];
    for (const change of changes) {
      expect(() => verify(secret, delivery(headers(change)), NOW), JSON.stringify(change)).toThrow(refused);
    }
    expect(() => verify(secret, delivery(headers(), Buffer.from('{"n":2}')), NOW)).toThrow(refused);
    expect(() => verify(secret, delivery({}), NOW)).toThrow(refused);
  });

  test("is of use for five minutes, either way", () => {
    const off = (ms: number): Date => new Date(NOW.getTime() + ms);
    for (const ms of [-300_000, 300_000]) expect(() => verify(secret, delivery(headers()), off(ms))).not.toThrow();
    for (const ms of [-301_000, 301_000]) expect(() => verify(secret, delivery(headers()), off(ms))).toThrow(refused);
  });

  test("takes secrets of 24 to 64 bytes only", () => {
    const ofBytes = (length: number): string => `whsec_${randomBytes(length).toString("base64")}`;
    for (const length of [24, 32, 64]) expect(objection(ofBytes(length)), String(length)).toBeUndefined();
    for (const text of [ofBytes(16), ofBytes(65), "secret", "whsec_", ""]) expect(objection(text)).toBeDefined();
  });
});

describe.each([
  ["github", "x-hub-signature-256", "sha256="],
  ["hmac", "x-signature-256", ""],
] as const)("%s", (kind, name, prefix) => {
  const { create, objection, verify } = SIGNATURE_SCHEMES[kind];
  const secret = create(randomBytes);
  const signature = createHmac("sha256", secret).update(body).digest("hex");
  const more = { "x-github-delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958", "x-github-event": "push" };

  test("takes the HMAC of the body and nothing else", () => {
    const signed = verify(secret, delivery({ [name]: prefix + signature, ...more }), NOW);
    if (kind === "github") expect(signed).toEqual({ deliveryId: more["x-github-delivery"], event: "push" });
    else expect(signed.deliveryId).toMatch(/^[0-9a-f]{64}$/);
    const other = createHmac("sha256", "another secret").update(body).digest("hex");
    for (const wrong of ["", prefix, prefix + signature.slice(2), `${prefix}${signature}00`, prefix + other, "zz"]) {
      expect(() => verify(secret, delivery({ [name]: wrong, ...more }), NOW), wrong).toThrow(refused);
    }
    expect(() => verify(secret, delivery(more), NOW)).toThrow(refused);
    expect(() => verify(secret, delivery({ [name]: prefix + signature, ...more }, Buffer.from("{}")), NOW)).toThrow(
      refused,
    );
  });

  test("takes secrets of at least 16 characters", () => {
    expect(objection(secret)).toBeUndefined();
    for (const text of ["", "short", "with a blank in between", "x".repeat(257)]) expect(objection(text)).toBeDefined();
  });
});

test("a GitHub delivery without its id is refused: nothing could tell it from its repetition", () => {
  const secret = "0123456789abcdef";
  const signature = `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
  const unnamed = delivery({ "x-hub-signature-256": signature });
  expect(() => SIGNATURE_SCHEMES.github.verify(secret, unnamed, NOW)).toThrow(refused);
});
