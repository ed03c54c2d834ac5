import { parentPort } from "node:worker_threads";
import { isPlatformError } from "@berth/protocol";
import { readOtlp } from "@berth/telemetry";
import type { DecodeAnswer, DecodeQuestion } from "./decode-thread.ts";

/** Records that the asking thread takes over in one go: it serves requests between two of them. */
const PART = 500;

// In a worker there is one.
const port = parentPort;
port?.on("message", ({ signal, encoding, bytes, receivedUs }: DecodeQuestion) => {
  const say = (answer: DecodeAnswer): void => port.postMessage(answer);
  try {
    const { records, ...rest } = readOtlp(signal, encoding, bytes, { receivedUs });
    for (let at = 0; at < records.length; at += PART) say({ type: "part", records: records.slice(at, at + PART) });
    say({ type: "end", rest });
  } catch (error) {
    if (isPlatformError(error)) say({ type: "refused", reason: error.reason, message: error.message });
    else say({ type: "broken", message: String(error instanceof Error ? error.stack : error) });
  }
});
