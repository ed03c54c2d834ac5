import type { JsonObject, StreamResponse } from "@berth/protocol";
import type { AnyCall, OpenFrames } from "../a2a/operations.ts";
import type { ProtocolVersion } from "../a2a/version.ts";
import type { MessageSchema } from "./proto/schema.ts";

interface MethodSchema {
  /** As the .proto spells it. */
  readonly name: string;
  readonly request: MessageSchema;
  readonly response: MessageSchema;
}

export interface UnaryMethod extends MethodSchema {
  readonly kind: "unary";
  /** Takes and gives ProtoJSON; nothing is Empty. */
  readonly run: (call: AnyCall, request: JsonObject) => Promise<unknown>;
}

export interface StreamMethod extends MethodSchema {
  readonly kind: "stream";
  readonly run: (call: AnyCall, request: JsonObject) => Promise<OpenFrames>;
  readonly encodeFrame: (frame: StreamResponse) => JsonObject;
}

export interface GrpcService {
  /** With its package. */
  readonly name: string;
  readonly version: ProtocolVersion;
  readonly methods: readonly (UnaryMethod | StreamMethod)[];
}
