import type { TelemetrySender } from "@berth/control";
import type { Principal } from "@berth/protocol";
import type { OtlpSignal } from "@berth/telemetry";
import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { send } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import { exportResponse } from "./answers.ts";
import { decodeExport } from "./decode-export.ts";
import { ExportRoom, readExport, roomFor } from "./read-export.ts";

const SIGNALS = ["traces", "logs", "metrics"] as const satisfies readonly OtlpSignal[];
const MAX_ROOM_BYTES = 256 * 1024 * 1024;

/** OTLP/HTTP (opentelemetry-proto, docs/specification.md): both encodings, three signals, below `/otlp`. */
export function otlpRoutes(edge: Edge): readonly PlatformRoute[] {
  const room = new ExportRoom(MAX_ROOM_BYTES);
  return SIGNALS.map((signal) => ({
    method: "POST",
    path: `/otlp/v1/${signal}`,
    policy: "telemetry.ingest",
    summary: `OTLP: take in ${signal}, in protobuf or JSON, plain or gzip`,
    body: "application/x-protobuf",
    answers: "application/x-protobuf",
    errors: "otlp",
    handle: async (exchange) => await takeIn(edge, exchange, { signal, room }),
  }));
}

async function takeIn(
  { control }: Edge,
  exchange: Exchange,
  { signal, room }: { readonly signal: OtlpSignal; readonly room: ExportRoom },
): Promise<void> {
  using _held = room.take(roomFor(exchange));
  const body = await readExport(exchange);
  const batch = await decodeExport(signal, body);
  const { rejected, message = batch.reason } =
    batch.records.length === 0 && batch.invalid === 0
      ? { rejected: 0 }
      : await control.telemetry.ingest(senderOf(exchange.principal), batch);
  const answer = exportResponse(body.encoding, signal, { rejected, ...(message === undefined ? {} : { message }) });
  send(exchange, answer.body, { contentType: answer.contentType });
}

/** The credential says whose telemetry it is; what the records say of themselves is a claim. */
function senderOf({ orgId, agents }: Principal): TelemetrySender {
  const [agent, ...others] = agents ?? [];
  return {
    orgId,
    ...(agents === undefined ? {} : { agents }),
    ...(agent === undefined || others.length > 0 ? {} : { agent }),
  };
}
