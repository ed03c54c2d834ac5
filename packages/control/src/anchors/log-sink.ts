import { LedgerError, parseVerifierKey, verifyLogAnchor } from "@berth/ledger";
import type { NoteKey } from "@berth/ledger";
import { PlatformError } from "@berth/protocol";
import type { OutboundHttp } from "@berth/runtime";
import type { AnchorSink } from "./anchors.ts";

/** Another platform whose log takes checkpoints. */
export interface LogPlace {
  readonly url: string;
  /** The log's verifier key: what it gives is checked before it is kept. */
  readonly vkey: string;
  /** An API key there, with the scope `invoke`. */
  readonly token: string;
}

export interface LogSinkOptions extends LogPlace {
  readonly outbound: Pick<OutboundHttp, "request">;
}

const TIMEOUT_MS = 8_000;
const MAX_ANSWER = 65_536;

export function createLogSink({ url, vkey, token, outbound }: LogSinkOptions): AnchorSink {
  const key = keyOf(vkey);
  return {
    name: `log:${key.name}`,
    async anchor(checkpoint) {
      const { status, body, truncated } = await outbound.request({
        method: "POST",
        url: `${url.replace(/\/$/, "")}/v1/ledger/checkpoints`,
        headers: { "content-type": "text/plain; charset=utf-8", authorization: `Bearer ${token}` },
        body: checkpoint,
        timeoutMs: TIMEOUT_MS,
        maxBytes: MAX_ANSWER,
      });
      if (status !== 201 || truncated) throw new Error(`it answered ${status}${truncated ? " with too much" : ""}`);
      const { entry, proof } = readAnswer(body.toString("utf8"));
      await verifyLogAnchor(checkpoint, { entry, proof }, key);
      return { type: "log", vkey, entry, proof };
    },
  };
}

function keyOf(vkey: string): NoteKey {
  try {
    return parseVerifierKey(vkey);
  } catch (cause) {
    const hint = "It is the `vkey` of the other platform's /ledger/keys.";
    throw new PlatformError("CONFIG_INVALID", "The key of the log to anchor in is none.", { cause, hint });
  }
}

function readAnswer(text: string): { readonly entry: string; readonly proof: string } {
  const answer: unknown = JSON.parse(text);
  if (typeof answer === "object" && answer !== null && "entry" in answer && "proof" in answer) {
    const { entry, proof } = answer;
    if (typeof entry === "string" && typeof proof === "string") return { entry, proof };
  }
  throw new LedgerError("format", "it gave no proof");
}
