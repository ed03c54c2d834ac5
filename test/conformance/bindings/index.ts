import type { Binding } from "./binding-client.ts";
import { httpJsonV03 } from "./http-json-v03.ts";
import { httpJson } from "./http-json.ts";
import { jsonRpcV03 } from "./json-rpc-v03.ts";
import { jsonRpc } from "./json-rpc.ts";

/** A2A 1.0, by every binding that the platform offers. */
export const BINDINGS: readonly Binding[] = [jsonRpc, httpJson];
export const BINDINGS_V03: readonly Binding[] = [jsonRpcV03, httpJsonV03];
export type { Binding, BindingClient, FrameStream, Target } from "./binding-client.ts";
export { BindingFailure, refusal } from "./binding-failure.ts";
