import type {
  AgentCard,
  ListTaskPushNotificationConfigsResponse,
  ListTasksResponse,
  SendMessageResponse,
  StreamResponse,
  Task,
  TaskPushNotificationConfig,
} from "@berth/protocol";
import type { BindingV1, PushKey } from "./binding-client.ts";
import { BindingFailure } from "./binding-failure.ts";
import { lastEventId, openStream, request } from "./http.ts";
import type { Query } from "./http.ts";

export const httpJson: BindingV1 = {
  name: "HTTP+JSON",
  version: "1.0",
  open(target) {
    const to = { ...target, headers: { "a2a-version": "1.0", ...target.headers } };
    const get = async (path: string, query: Query = {}): Promise<unknown> => {
      const response = await request(to, { method: "GET", path, query });
      return statusResult(await response.json(), response);
    };
    const post = async (path: string, body: object): Promise<unknown> => {
      const response = await request(to, { method: "POST", path, body });
      return statusResult(await response.json(), response);
    };
    const events = {
      decode: (data: unknown, response: Response): StreamResponse => statusResult(data, response) as StreamResponse,
      refuse: (body: unknown, response: Response): Error => {
        statusResult(body, response);
        return new Error(`not a stream: ${JSON.stringify(body)}`);
      },
    };
    // Answers are cast to what A2A says of their addresses: whether they are is what the tests are about.
    return {
      send: async (body) => (await post("/message:send", body)) as SendMessageResponse,
      get: async ({ id, historyLength }) => (await get(taskPath(id), { historyLength })) as Task,
      list: async (query) => (await get("/tasks", query as Query)) as ListTasksResponse,
      cancel: async ({ id }) => (await post(`${taskPath(id)}:cancel`, {})) as Task,
      extendedCard: async () => (await get("/extendedAgentCard")) as AgentCard,
      stream: async (body) => await openStream(to, { method: "POST", path: "/message:stream", body }, events),
      subscribe: async ({ id, after }) =>
        await openStream(to, { method: "GET", path: `${taskPath(id)}:subscribe`, headers: lastEventId(after) }, events),
    };
  },
  openPush(target) {
    const to = { ...target, headers: { "a2a-version": "1.0", ...target.headers } };
    const configs = (taskId: string): string => `${taskPath(taskId)}/pushNotificationConfigs`;
    const pathOf = ({ taskId, id }: PushKey): string => `${configs(taskId)}/${encodeURIComponent(id)}`;
    const call = async (method: "GET" | "POST" | "DELETE", path: string, body?: object): Promise<unknown> => {
      const response = await request(to, { method, path, body });
      return response.status === 204 ? undefined : statusResult(await response.json(), response);
    };
    return {
      create: async (config) => {
        const { taskId, ...rest } = config as { readonly taskId: string };
        return (await call("POST", configs(taskId), rest)) as TaskPushNotificationConfig;
      },
      get: async (key) => (await call("GET", pathOf(key))) as TaskPushNotificationConfig,
      list: async ({ taskId }) =>
        ((await call("GET", configs(taskId))) as ListTaskPushNotificationConfigsResponse).configs,
      remove: async (key) => void (await call("DELETE", pathOf(key))),
    };
  },
};

export function taskPath(id: string): string {
  return `/tasks/${encodeURIComponent(id)}`;
}

/** @throws BindingFailure for a google.rpc.Status, also when it is the last frame of a stream. */
function statusResult(body: unknown, response: Response): unknown {
  const { error } = body as { error?: { code: unknown; message: unknown; details: unknown } };
  if (error === undefined && response.ok) return body;
  if (error === undefined) throw new Error(`no error in HTTP ${response.status}: ${JSON.stringify(body)}`);
  throw new BindingFailure({ ...error, response });
}
