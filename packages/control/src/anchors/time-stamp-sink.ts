import type { OutboundHttp } from "@berth/runtime";
import { nodeSha256 } from "../receipts/node-sha256.ts";
import type { AnchorSink } from "./anchors.ts";
import { encodeTimeStampRequest, readTimeStamp } from "./time-stamp.ts";

export interface TimeStampSinkOptions {
  readonly url: string;
  readonly outbound: Pick<OutboundHttp, "request">;
  readonly randomBytes: (length: number) => Uint8Array;
}

const TIMEOUT_MS = 5_000;
const MAX_ANSWER = 65_536;
const NONCE_BYTES = 16;

/** A time-stamping authority over HTTP (RFC 3161 §3.4). */
export function createTimeStampSink({ url, outbound, randomBytes }: TimeStampSinkOptions): AnchorSink {
  return {
    name: `rfc3161:${new URL(url).host}`,
    async anchor(checkpoint) {
      const nonce = Uint8Array.from(randomBytes(NONCE_BYTES));
      // A positive INTEGER in its shortest form: the first byte is 64 to 127.
      nonce[0] = ((nonce[0] ?? 0) & 0x3f) | 0x40;
      const question = { digest: nodeSha256(Buffer.from(checkpoint)), nonce };
      const { status, body, truncated } = await outbound.request({
        method: "POST",
        url,
        headers: { "content-type": "application/timestamp-query", accept: "application/timestamp-reply" },
        body: encodeTimeStampRequest(question),
        timeoutMs: TIMEOUT_MS,
        maxBytes: MAX_ANSWER,
      });
      if (status !== 200 || truncated) throw new Error(`it answered ${status}${truncated ? " with too much" : ""}`);
      const { time } = readTimeStamp(body, question);
      return { type: "rfc3161", time, response: body.toString("base64") };
    },
  };
}
