import type {
  AgentCard,
  ListTaskPushNotificationConfigsResponse,
  ListTasksResponse,
  SendMessageResponse,
  StreamResponse,
  Task,
  TaskPushNotificationConfig,
} from "@berth/protocol";
import type { BindingV1, Target } from "./binding-client.ts";
import { BindingFailure } from "./binding-failure.ts";
import { lastEventId, openStream, request } from "./http.ts";

const VERSION = { "a2a-version": "1.0" } as const;

export const jsonRpc: BindingV1 = {
  name: "JSONRPC",
  version: "1.0",
  open(target) {
    const headers = { ...VERSION, ...target.headers };
    const to = { ...target, headers };
    const call = async (method: string, params: unknown): Promise<unknown> => await rpcCall(to, method, params);
    const decode = (data: unknown, response: Response): StreamResponse => rpcResult(data, response) as StreamResponse;
    // Answers are cast to what A2A says of their methods: whether they are is what the tests are about.
    return {
      send: async (params) => (await call("SendMessage", params)) as SendMessageResponse,
      get: async (params) => (await call("GetTask", params)) as Task,
      list: async (params) => (await call("ListTasks", params)) as ListTasksResponse,
      cancel: async (params) => (await call("CancelTask", params)) as Task,
      extendedCard: async () => (await call("GetExtendedAgentCard", {})) as AgentCard,
      stream: async (params) => await rpcStream(to, { method: "SendStreamingMessage", params, decode }),
      subscribe: async ({ id, after }) =>
        await rpcStream(
          { ...to, headers: { ...headers, ...lastEventId(after) } },
          { method: "SubscribeToTask", params: { id }, decode },
        ),
    };
  },
  openPush(target) {
    const to = { ...target, headers: { ...VERSION, ...target.headers } };
    const call = async (method: string, params: unknown): Promise<unknown> => await rpcCall(to, method, params);
    return {
      create: async (params) => (await call("CreateTaskPushNotificationConfig", params)) as TaskPushNotificationConfig,
      get: async (params) => (await call("GetTaskPushNotificationConfig", params)) as TaskPushNotificationConfig,
      list: async (params) =>
        ((await call("ListTaskPushNotificationConfigs", params)) as ListTaskPushNotificationConfigsResponse).configs,
      remove: async (params) => void (await call("DeleteTaskPushNotificationConfig", params)),
    };
  },
};

export async function rpcCall(target: Target, method: string, params: unknown): Promise<unknown> {
  const response = await request(target, {
    method: "POST",
    path: "/",
    body: { jsonrpc: "2.0", id: 1, method, params },
  });
  return rpcResult(await response.json(), response);
}

export async function rpcStream(
  target: Target,
  {
    method,
    params,
    decode,
  }: {
    readonly method: string;
    readonly params: unknown;
    readonly decode: (data: unknown, response: Response) => StreamResponse;
  },
): ReturnType<typeof openStream> {
  const body = { jsonrpc: "2.0", id: 1, method, params };
  const refuse = (answer: unknown, response: Response): Error => {
    rpcResult(answer, response);
    return new Error(`not a stream: ${JSON.stringify(answer)}`);
  };
  return await openStream(target, { method: "POST", path: "/", body }, { decode, refuse });
}

/** @throws BindingFailure for an error; Error when it is no answer in JSON-RPC. */
export function rpcResult(body: unknown, response: Response): unknown {
  const { jsonrpc, result, error } = body as {
    jsonrpc?: unknown;
    result?: unknown;
    error?: { code: unknown; message: unknown; data: unknown };
  };
  if (error !== undefined) {
    throw new BindingFailure({ code: error.code, message: error.message, details: error.data, response });
  }
  if (jsonrpc !== "2.0" || result === undefined) throw new Error(`not JSON-RPC: ${JSON.stringify(body)}`);
  return result;
}
