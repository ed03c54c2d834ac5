/** What OpenTelemetry's SDKs read. Without a token, its place is marked. */
export function ingestEnvironment(origin: string, token: string | undefined): string {
  return [
    `export OTEL_EXPORTER_OTLP_ENDPOINT=${origin}/otlp`,
    `export OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer ${token ?? "YOUR_INGEST_TOKEN"}"`,
    "export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
    "export OTEL_SERVICE_NAME=my-agent",
  ].join("\n");
}
