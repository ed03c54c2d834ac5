import { PlatformError } from "@berth/protocol";
import type { SequencedFrame } from "@berth/protocol";
import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { pump } from "../edge/pump.ts";
import { readJson } from "../edge/read-body.ts";
import { errorHeaders, toPlatformError } from "../edge/render-error.ts";
import { send } from "../edge/respond.ts";
import type { AgentTarget } from "../edge/routes.ts";
import { announceExtensions } from "./extensions.ts";
import { assertOffered } from "./offered-version.ts";
import type { A2aCall } from "./operations.ts";
import { renderRpcError, rpcErrorBody } from "./render-error.ts";
import type { RpcId } from "./render-error.ts";
import { RPC_METHODS, encodeFrame } from "./rpc-methods.ts";
import type { RpcMethod } from "./rpc-methods.ts";
import { answerableId, parseRpcRequest } from "./rpc-request.ts";
import type { RpcRequest } from "./rpc-request.ts";
import { assertTenant, tenantOf } from "./tenant.ts";
import { requestedVersion } from "./version.ts";

/**
 * A2A 1.0 and 0.3 in JSON-RPC, for the agent that the address or the parameters name. Always answers in JSON-RPC,
 * whatever goes wrong.
 */
export async function handleJsonRpc(
  edge: Edge,
  exchange: Exchange,
  agentOf: (params: unknown) => AgentTarget,
): Promise<void> {
  let id: RpcId = null;
  try {
    const body = await readJson(exchange, edge.limits);
    id = answerableId(body);
    const request = parseRpcRequest(body);
    const method = methodOf(exchange, request);
    const call = { edge, exchange, agent: agentOf(request.params), version: method.version };
    if (method.version === "1.0") assertTenant(tenantOf(request.params), call.agent.name);
    await assertOffered(call, method.version);
    await announceExtensions(call, method.version);
    // A2A has no notifications: a request that forgot its id is answered all the same, with the null that `id` is then.
    if (method.kind === "unary") sendResult(exchange, id, await method.run(call, request.params));
    else await runStream(call, method, { id, params: request.params });
  } catch (thrown) {
    const error = toPlatformError(thrown, exchange, edge.log);
    const { status, contentType, body } = renderRpcError(error, exchange, id);
    send(exchange, JSON.stringify(body), { status, contentType, headers: errorHeaders(error) });
  }
}

/** @throws METHOD_NOT_FOUND, VERSION_NOT_SUPPORTED */
function methodOf(exchange: Exchange, { method: name }: RpcRequest): RpcMethod {
  const requested = requestedVersion(exchange);
  const method = RPC_METHODS.get(name);
  if (method !== undefined && (requested === undefined || requested === method.version)) return method;
  const where = requested === undefined ? "" : ` in A2A ${requested}`;
  const hint = `It belongs to A2A ${method?.version ?? ""}: set the A2A-Version header to that.`;
  throw new PlatformError(
    "METHOD_NOT_FOUND",
    `There is no method "${name.slice(0, 100)}"${where}.`,
    method === undefined ? {} : { hint },
  );
}

function sendResult(exchange: Exchange, id: RpcId, result: unknown): void {
  const text = `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${JSON.stringify(result)}}`;
  send(exchange, text, { contentType: "application/json" });
}

async function runStream(
  call: A2aCall,
  method: RpcMethod & { readonly kind: "stream" },
  { id, params }: { readonly id: RpcId; readonly params: unknown },
): Promise<void> {
  const { edge, exchange } = call;
  const openFrames = await method.run(call, params);
  const stream = edge.streams.open(exchange);
  const head = `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":`;
  await pump<SequencedFrame>(stream, openFrames(stream.signal), {
    toEvent: ({ seq, frame }) => ({ id: seq, data: `${head}${JSON.stringify(encodeFrame(method.version, frame))}}` }),
    onError: (thrown) => {
      const error = toPlatformError(thrown, exchange, edge.log);
      return { data: JSON.stringify(rpcErrorBody(error, exchange, id)) };
    },
  });
}
