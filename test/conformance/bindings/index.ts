import type { Binding, BindingV1 } from "./binding-client.ts";
import { grpc, grpcV03 } from "./grpc.ts";
import { httpJsonV03 } from "./http-json-v03.ts";
import { httpJson } from "./http-json.ts";
import { jsonRpcV03 } from "./json-rpc-v03.ts";
import { jsonRpc } from "./json-rpc.ts";

/** A2A 1.0, by every binding that the platform offers. */
export const BINDINGS: readonly BindingV1[] = [jsonRpc, httpJson, grpc];
export const BINDINGS_V03: readonly Binding[] = [jsonRpcV03, httpJsonV03, grpcV03];
export type { Binding, BindingClient, BindingV1, FrameStream, PushClient, Target } from "./binding-client.ts";
export { sayableInProtobuf, sayableInV03 } from "./sayable.ts";
export { BindingFailure, refusal } from "./binding-failure.ts";
