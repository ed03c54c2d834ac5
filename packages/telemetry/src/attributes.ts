/** A value as OpenTelemetry has it (opentelemetry-proto common.proto AnyValue); bytes are base64 text, 64-bit integers numbers. */
export type AttributeValue =
  | string
  | number
  | boolean
  | null
  | readonly AttributeValue[]
  | { readonly [key: string]: AttributeValue };

export type Attributes = Readonly<Record<string, AttributeValue>>;

/** Who made a record known: the platform itself saw it, an agent said it over OTLP, or an instance printed it. */
export type TelemetrySource = "platform" | "agent" | "stdout" | "stderr";

/** What the platform itself puts on a record, never read from what was sent: whose it is. */
export interface Origin {
  readonly source: TelemetrySource;
  readonly agent?: string;
  readonly release?: string;
  readonly instanceId?: string;
  readonly taskId?: string;
}
