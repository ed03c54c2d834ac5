import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { JsonObject, JsonValue } from "@berth/protocol";
import { encodeMessage } from "./proto/encode.ts";
import { message } from "./proto/schema.ts";
import type { MessageSchema } from "./proto/schema.ts";

/** google/rpc/error_details.proto, by the type that names it in an Any. */
const DETAILS: ReadonlyMap<JsonValue | undefined, MessageSchema> = new Map<JsonValue | undefined, MessageSchema>([
  [
    "type.googleapis.com/google.rpc.ErrorInfo",
    message({ reason: [1, "string"], domain: [2, "string"], metadata: [3, "string", "map"] }),
  ],
  [
    "type.googleapis.com/google.rpc.BadRequest",
    message({
      fieldViolations: [1, message({ field: [1, "string"], description: [2, "string"] }), "repeated"],
    }),
  ],
  // Seconds of a Duration are an int64, which looks the same on the wire.
  ["type.googleapis.com/google.rpc.RetryInfo", message({ retryDelay: [1, message({ seconds: [1, "int32"] })] })],
  ["type.googleapis.com/google.rpc.RequestInfo", message({ requestId: [1, "string"] })],
]);

export interface Status {
  readonly code: number;
  readonly message: string;
  /** In ProtoJSON, each with its `@type`. */
  readonly details: readonly JsonValue[];
}

/** google.rpc.Status: `int32 code = 1; string message = 2; repeated google.protobuf.Any details = 3`. */
export function encodeStatus({ code, message: text, details }: Status): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.Varint).int32(code);
  writer.tag(2, WireType.LengthDelimited).string(text);
  for (const detail of details) {
    const json = detail as JsonObject; // details are objects
    const type = json["@type"];
    const schema = DETAILS.get(type);
    if (schema === undefined || typeof type !== "string") continue;
    writer.tag(3, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.LengthDelimited).string(type);
    writer.tag(2, WireType.LengthDelimited).bytes(encodeMessage(schema, withDuration(json)));
    writer.join();
  }
  return writer.finish();
}

/** ProtoJSON writes a Duration as "3s"; as a message it has fields. */
function withDuration(detail: JsonObject): JsonObject {
  const { retryDelay } = detail;
  return typeof retryDelay === "string"
    ? { ...detail, retryDelay: { seconds: Number.parseInt(retryDelay, 10) } }
    : detail;
}
