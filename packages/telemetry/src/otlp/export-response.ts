import { jsonCount, jsonObject, jsonText } from "./json-values.ts";
import type { Json } from "./json-values.ts";
import type { OtlpEncoding, OtlpSignal } from "./otlp-batch.ts";
import { WIRE_BYTES, WIRE_VARINT, WireReader } from "./wire-reader.ts";
import { WireWriter } from "./wire-writer.ts";

/** What an export request is answered with: how many of its records were not taken, and why. */
export interface ExportAnswer {
  readonly rejected: number;
  readonly message?: string;
}

const REJECTED: Readonly<Record<OtlpSignal, string>> = {
  traces: "rejectedSpans",
  logs: "rejectedLogRecords",
  metrics: "rejectedDataPoints",
};

/** Export…ServiceResponse: partial_success 1 with rejected 1 and error_message 2. Empty when everything was taken. */
export function writeExportAnswer(
  signal: OtlpSignal,
  encoding: OtlpEncoding,
  { rejected, message = "" }: ExportAnswer,
): Uint8Array {
  const isPartial = rejected > 0 || message !== "";
  if (encoding === "json") {
    const partial = { [REJECTED[signal]]: String(rejected), errorMessage: message };
    return new TextEncoder().encode(JSON.stringify(isPartial ? { partialSuccess: partial } : {}));
  }
  const writer = new WireWriter();
  if (isPartial) {
    writer.message(1, () => {
      writer.count(1, rejected);
      writer.text(2, message);
    });
  }
  return writer.finish();
}

/** What a backend answered. What cannot be read counts as everything taken: it was a 200. */
export function readExportAnswer(signal: OtlpSignal, encoding: OtlpEncoding, bytes: Uint8Array): ExportAnswer {
  try {
    return encoding === "json" ? readJsonAnswer(signal, bytes) : readProtobufAnswer(bytes);
  } catch {
    return { rejected: 0 };
  }
}

/** google.rpc.Status, the body of a 4xx or 5xx: code 1, message 2. */
export function writeStatus(encoding: OtlpEncoding, code: number, message: string): Uint8Array {
  if (encoding === "json") return new TextEncoder().encode(JSON.stringify({ code, message }));
  const writer = new WireWriter();
  writer.count(1, code);
  writer.text(2, message);
  return writer.finish();
}

function readJsonAnswer(signal: OtlpSignal, bytes: Uint8Array): ExportAnswer {
  const answer: Json = bytes.length === 0 ? {} : jsonObject(JSON.parse(new TextDecoder().decode(bytes)));
  const partial = jsonObject(answer["partialSuccess"]);
  return answerOf(jsonCount(partial[REJECTED[signal]]), jsonText(partial["errorMessage"]));
}

function readProtobufAnswer(bytes: Uint8Array): ExportAnswer {
  const reader = new WireReader(bytes);
  let rejected = 0;
  let message = "";
  while (reader.next(reader.length)) {
    if (!reader.is(1, WIRE_BYTES)) {
      reader.skip();
      continue;
    }
    const end = reader.end();
    while (reader.next(end)) {
      if (reader.is(1, WIRE_VARINT)) rejected = reader.varint();
      else if (reader.is(2, WIRE_BYTES)) message = reader.text();
      else reader.skip();
    }
  }
  return answerOf(rejected, message);
}

function answerOf(rejected: number, message: string): ExportAnswer {
  return { rejected, ...(message === "" ? {} : { message: message.slice(0, 500) }) };
}
