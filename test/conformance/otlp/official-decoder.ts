import root from "otlp-transformer-v0213/build/src/generated/root.js";

interface RequestType {
  decode(body: Uint8Array): unknown;
  toObject(
    message: unknown,
    options: { readonly longs: typeof String; readonly enums: typeof String; readonly bytes: typeof String },
  ): unknown;
}

/**
 * OpenTelemetry's own decoder of OTLP requests: code that protobufjs made of the official .proto files, as releases of
 * @opentelemetry/otlp-transformer before 0.216 carried it. It knows nothing of ours.
 */
const packages: unknown = root;
// Its declarations name only the protobufjs base class; these are the packages of opentelemetry-proto.
const { collector } = (
  packages as {
    readonly opentelemetry: {
      readonly proto: {
        readonly collector: {
          readonly trace: { readonly v1: { readonly ExportTraceServiceRequest: RequestType } };
          readonly logs: { readonly v1: { readonly ExportLogsServiceRequest: RequestType } };
          readonly metrics: { readonly v1: { readonly ExportMetricsServiceRequest: RequestType } };
        };
      };
    };
  }
).opentelemetry.proto;

const REQUESTS: Readonly<Record<"traces" | "logs" | "metrics", RequestType>> = {
  traces: collector.trace.v1.ExportTraceServiceRequest,
  logs: collector.logs.v1.ExportLogsServiceRequest,
  metrics: collector.metrics.v1.ExportMetricsServiceRequest,
};

/** As plain values: 64-bit numbers are text, enums their names, bytes base64. Throws for what is no such request. */
export function decodeOfficially(signal: keyof typeof REQUESTS, body: Uint8Array): unknown {
  const type = REQUESTS[signal];
  return type.toObject(type.decode(body), { longs: String, enums: String, bytes: String });
}
