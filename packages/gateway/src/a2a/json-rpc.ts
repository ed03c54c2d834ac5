import { PlatformError } from "@berth/protocol";
import type { SequencedFrame } from "@berth/protocol";
import { assertScheme } from "../edge/agent-schemes.ts";
import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { pump } from "../edge/pump.ts";
import { readJson } from "../edge/read-body.ts";
import { errorHeaders, toPlatformError } from "../edge/render-error.ts";
import { send } from "../edge/respond.ts";
import type { AgentTarget } from "../edge/routes.ts";
import { admitHttpCall } from "./admit-call.ts";
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
  let method: RpcMethod | undefined;
  try {
    const body = await readJson(exchange, edge.limits);
    id = answerableId(body);
    const request = parseRpcRequest(body);
    const agent = agentOf(request.params);
    method = await methodOf({ edge, exchange, agent }, request);
    const call = { edge, exchange, agent, version: method.version };
    if (method.version === "1.0") assertTenant(tenantOf(request.params), agent.name);
    await assertScheme(edge, exchange.principal, agent.name);
    await admitHttpCall(call, method.version);
    // A2A has no notifications: a request that forgot its id is answered all the same, with the null that `id` is then.
    if (method.kind === "unary") sendResult(exchange, id, await method.run(call, request.params));
    else await runStream(call, method, { id, params: request.params });
  } catch (thrown) {
    const error = toPlatformError(thrown, exchange, edge.log);
    sendError(exchange, error, { id, method });
  }
}

/**
 * 0.3 answers its streaming methods with a stream, and its clients take nothing else with HTTP 200 (A2A 0.3 §3.3.1,
 * §7.9): there an error is the only event. 1.0's clients read both; theirs is the plain answer.
 */
function sendError(
  exchange: Exchange,
  error: PlatformError,
  { id, method }: { readonly id: RpcId; readonly method: RpcMethod | undefined },
): void {
  const { status, contentType, body } = renderRpcError(error, exchange, id);
  const text = JSON.stringify(body);
  if (status === 200 && method?.kind === "stream" && method.version === "0.3") {
    send(exchange, `data: ${text}\n\n`, { contentType: "text/event-stream", headers: errorHeaders(error, exchange) });
  } else {
    send(exchange, text, { status, contentType, headers: errorHeaders(error, exchange) });
  }
}

/**
 * A version that the agent is not offered in is refused as such; in one that it is, a method of the other one does not
 * exist (A2A 1.0.1 §3.6.2). @throws METHOD_NOT_FOUND, VERSION_NOT_SUPPORTED, AGENT_NOT_FOUND
 */
async function methodOf(call: A2aCall, { method: name }: RpcRequest): Promise<RpcMethod> {
  const requested = requestedVersion(call.exchange);
  const method = RPC_METHODS.get(name);
  if (method !== undefined && (requested === undefined || requested === method.version)) return method;
  if (requested !== undefined) await assertOffered(call, requested);
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
