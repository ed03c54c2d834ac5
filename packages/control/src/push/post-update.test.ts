import { WebhookReceiver, openLoopbackOutbound, temporaryFolder } from "@berth/testing";
import { createLocalJWKSet, flattenedVerify } from "jose";
import type { JSONWebKeySet } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadSigningKeys, toJwkSet } from "../cards/signing-keys.ts";
import type { SigningKeys } from "../cards/signing-keys.ts";
import type { PushConfigRecord } from "@berth/store";
import { postUpdate } from "./post-update.ts";
import type { PostResult } from "./post-update.ts";

const NOW = new Date("2026-11-29T10:00:00Z");
const outbound = openLoopbackOutbound();
const folder = temporaryFolder("berth-push");
let receiver: WebhookReceiver;
let keys: SigningKeys;

beforeAll(async () => {
  receiver = await WebhookReceiver.open();
  keys = await loadSigningKeys(folder.path);
});
afterAll(async () => {
  await outbound.close();
  await receiver[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

async function post(change: Partial<PushConfigRecord> = {}): Promise<PostResult> {
  const config: PushConfigRecord = {
    orgId: "org_1",
    taskId: "task_1",
    configId: "c",
    protocolVersion: "1.0",
    url: `${receiver.url}/hook`,
    createdAt: NOW.toISOString(),
    cursor: 1,
    ...change,
  };
  const body = { contentType: "application/a2a+json", text: '{"statusUpdate":"ä"}' };
  const delivery = { deliveryId: "dlv_1", seq: 7 };
  const { signal } = new AbortController();
  return await postUpdate({ outbound, signer: keys.webhooks, now: () => NOW }, { config, delivery, body, signal });
}

describe("one attempt", () => {
  test("carries the token, the credentials and what it is about", async () => {
    receiver.answer = () => ({ status: 202 });
    expect(await post({ token: "t0k", authentication: { scheme: "Bearer", credentials: "secret" } })).toEqual({
      kind: "delivered",
    });
    const update = receiver.updates.at(-1);
    expect(update?.path).toBe("/hook");
    expect(update?.text).toBe('{"statusUpdate":"ä"}');
    expect(update?.headers).toMatchObject({
      "content-type": "application/a2a+json",
      "a2a-version": "1.0",
      "x-a2a-notification-token": "t0k",
      authorization: "Bearer secret",
      "berth-delivery-id": "dlv_1",
      "berth-sequence": "7",
    });
    await post();
    expect(receiver.updates.at(-1)?.headers).not.toHaveProperty("authorization");
    expect(receiver.updates.at(-1)?.headers).not.toHaveProperty("x-a2a-notification-token");
  });

  test("is signed for this receiver, delivery and moment, by a published key", async () => {
    receiver.answer = () => ({ status: 200 });
    await post();
    const update = receiver.updates.at(-1);
    const [header = "", payload, signature = ""] = String(update?.headers["berth-signature"]).split(".");
    expect(payload).toBe("");
    const jws = { protected: header, payload: Buffer.from(update?.text ?? "").toString("base64url"), signature };
    // Plain JSON in the form that jose reads.
    const jwks = createLocalJWKSet(structuredClone(toJwkSet(keys, new Date())) as unknown as JSONWebKeySet);
    const { protectedHeader } = await flattenedVerify(jws, jwks);
    expect(protectedHeader).toEqual({
      alg: "EdDSA",
      kid: keys.webhooks.kid,
      typ: "JOSE",
      aud: `${receiver.url}/hook`,
      jti: "dlv_1",
      iat: "1795946400",
    });
    const changed = { ...jws, payload: Buffer.from("{}").toString("base64url") };
    await expect(flattenedVerify(changed, jwks)).rejects.toThrow("signature verification failed");
  });

  test.each([
    [200, { kind: "delivered" }],
    [204, { kind: "delivered" }],
    [302, { kind: "refused", error: "HTTP 302: redirects are not followed" }],
    [400, { kind: "refused", error: "HTTP 400" }],
    [401, { kind: "refused", error: "HTTP 401" }],
    [404, { kind: "refused", error: "HTTP 404" }],
    [408, { kind: "failed", error: "HTTP 408", retryAfterMs: 3_000 }],
    [410, { kind: "gone" }],
    [425, { kind: "failed", error: "HTTP 425", retryAfterMs: 3_000 }],
    [429, { kind: "failed", error: "HTTP 429", retryAfterMs: 3_000 }],
    [500, { kind: "failed", error: "HTTP 500", retryAfterMs: 3_000 }],
    [503, { kind: "failed", error: "HTTP 503", retryAfterMs: 3_000 }],
  ])("that is answered %i is %j", async (status, result) => {
    receiver.answer = () => ({ status, headers: { "retry-after": "3", location: "http://169.254.169.254/" } });
    expect(await post()).toEqual(result);
  });

  test("to an address that we do not call is refused, to one where nobody is fails", async () => {
    expect(await post({ url: "http://169.254.169.254/latest" })).toMatchObject({
      kind: "refused",
      error: "the URL must not lead to a private address",
    });
    expect(await post({ url: "http://127.0.0.1:1/" })).toMatchObject({ kind: "failed", retryAfterMs: 0 });
  });
});
