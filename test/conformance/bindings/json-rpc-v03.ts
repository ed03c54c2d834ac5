import type { SendMessageRequest, SequencedFrame } from "@berth/protocol";
import { fromV03SendResult, fromV03StreamEvent, fromV03Task, toV03SendParams } from "@berth/protocol/wire/v0_3";
import type { Binding, FrameStream } from "./binding-client.ts";
import { lastEventId } from "./http.ts";
import { rpcCall, rpcResult, rpcStream } from "./json-rpc.ts";

export const jsonRpcV03: Binding = {
  name: "JSONRPC",
  version: "0.3",
  open(target) {
    const headers = { "a2a-version": "0.3", ...target.headers };
    const to = { ...target, headers };
    const decode = (data: unknown, response: Response) => fromV03StreamEvent(rpcResult(data, response));
    // Invalid requests stay invalid on their way through the codec, which changes names only.
    const params = (request: object) => toV03SendParams(request as SendMessageRequest);
    return {
      send: async (request) => fromV03SendResult(await rpcCall(to, "message/send", params(request))),
      get: async (request) => fromV03Task(await rpcCall(to, "tasks/get", request)),
      cancel: async (request) => fromV03Task(await rpcCall(to, "tasks/cancel", request)),
      stream: async (request) =>
        await begun(await rpcStream(to, { method: "message/stream", params: params(request), decode })),
      subscribe: async ({ id, after }) =>
        await begun(
          await rpcStream(
            { ...to, headers: { ...headers, ...lastEventId(after) } },
            { method: "tasks/resubscribe", params: { id }, decode },
          ),
        ),
      list: async () => await Promise.reject(new Error("A2A 0.3 has no list in JSON-RPC")),
      extendedCard: async () => await Promise.reject(new Error("cards differ between the versions")),
    };
  },
};

/** A refusal is the only event of its stream: the first one tells. */
async function begun(stream: FrameStream): Promise<FrameStream> {
  const rest = stream[Symbol.asyncIterator]();
  const first = await rest.next();
  async function* frames(): AsyncGenerator<SequencedFrame> {
    if (first.done === true) return;
    yield first.value;
    yield* { [Symbol.asyncIterator]: () => rest };
  }
  const opened = frames();
  return { [Symbol.asyncIterator]: () => opened, close: () => stream.close() };
}
