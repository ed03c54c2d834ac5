import { Buffer } from "node:buffer";
import type { OutboundHttp } from "@berth/runtime";
import { OutboundError } from "@berth/runtime";
import type { PushConfigRecord, PushDelivery } from "@berth/store";
import { signJws } from "../cards/jws.ts";
import type { JwsSigner } from "../cards/jws-signer.ts";
import type { PushBody } from "./push-body.ts";
import { parseRetryAfter } from "./retry-delay.ts";

/** What one attempt came to. `gone`: the receiver wants no more; `refused`: asking again would not help. */
export type PostResult =
  | { readonly kind: "delivered" }
  | { readonly kind: "gone" }
  | { readonly kind: "refused"; readonly error: string }
  | { readonly kind: "failed"; readonly error: string; readonly retryAfterMs: number };

export interface PostOptions {
  readonly outbound: Pick<OutboundHttp, "request">;
  readonly signer: JwsSigner;
  readonly now: () => Date;
}

/** A2A 1.0.1 §13.2 asks for 10 to 30 s. */
const POST_TIMEOUT_MS = 10_000;
/** Nobody reads it; this much is taken so that the connection can be used again. */
const MAX_ANSWER_BYTES = 16 * 1024;
/** 4xx that say "not now". */
const PASSING = new Set([408, 425, 429]);

/** Posts one update once. `config` carries its secrets in the open. Never throws for what the receiver does. */
export async function postUpdate(
  { outbound, signer, now }: PostOptions,
  {
    config,
    delivery,
    body,
    signal,
  }: {
    readonly config: PushConfigRecord;
    readonly delivery: Pick<PushDelivery, "deliveryId" | "seq">;
    readonly body: PushBody;
    readonly signal: AbortSignal;
  },
): Promise<PostResult> {
  const { token, authentication } = config;
  const { credentials } = authentication ?? {};
  try {
    const answer = await outbound.request({
      method: "POST",
      url: config.url,
      headers: {
        "Content-Type": body.contentType,
        "A2A-Version": config.protocolVersion,
        ...(token === undefined ? {} : { "X-A2A-Notification-Token": token }),
        ...(credentials === undefined ? {} : { Authorization: `${authentication?.scheme ?? ""} ${credentials}` }),
        "Berth-Delivery-Id": delivery.deliveryId,
        "Berth-Sequence": String(delivery.seq),
        "Berth-Signature": await signatureOf(signer, { config, delivery, body, at: now() }),
      },
      body: body.text,
      timeoutMs: POST_TIMEOUT_MS,
      maxBytes: MAX_ANSWER_BYTES,
      signal,
    });
    const retryAfter = answer.headers["retry-after"];
    return toResult(answer.status, parseRetryAfter(typeof retryAfter === "string" ? retryAfter : undefined, now()));
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
    if (error.kind === "refused") return { kind: "refused", error: `the URL ${error.message}` };
    return { kind: "failed", error: error.message, retryAfterMs: 0 };
  }
}

/**
 * A detached JWS over the body (RFC 7515, appendix F), by a key at `/.well-known/jwks.json`. Its header binds it to
 * this receiver, delivery and moment: a body that was signed for one receiver cannot be shown to another.
 */
async function signatureOf(
  signer: JwsSigner,
  {
    config,
    delivery,
    body,
    at,
  }: {
    readonly config: PushConfigRecord;
    readonly delivery: Pick<PushDelivery, "deliveryId">;
    readonly body: PushBody;
    readonly at: Date;
  },
): Promise<string> {
  const header = {
    typ: "JOSE",
    aud: config.url,
    jti: delivery.deliveryId,
    iat: String(Math.floor(at.getTime() / 1_000)),
  };
  const jws = await signJws(signer, Buffer.from(body.text), header);
  return `${jws.protected}..${jws.signature}`;
}

function toResult(status: number, retryAfterMs: number): PostResult {
  if (status >= 200 && status < 300) return { kind: "delivered" };
  if (status === 410) return { kind: "gone" };
  if (status >= 300 && status < 400) return { kind: "refused", error: `HTTP ${status}: redirects are not followed` };
  if (status >= 400 && status < 500 && !PASSING.has(status)) return { kind: "refused", error: `HTTP ${status}` };
  return { kind: "failed", error: `HTTP ${status}`, retryAfterMs };
}
