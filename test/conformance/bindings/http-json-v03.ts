import type { Part, SendMessageResponse, StreamResponse, Task } from "@berth/protocol";
import type { Binding } from "./binding-client.ts";
import { BindingFailure } from "./binding-failure.ts";
import { lastEventId, openStream, request } from "./http.ts";
import type { Query } from "./http.ts";
import { taskPath } from "./http-json.ts";

export const httpJsonV03: Binding = {
  name: "HTTP+JSON",
  version: "0.3",
  open(target) {
    const to = { ...target, base: `${target.base}/v1`, headers: { "a2a-version": "0.3", ...target.headers } };
    const call = async (method: "GET" | "POST", path: string, sent: { body?: unknown; query?: Query } = {}) => {
      const response = await request(to, { method, path, ...sent });
      return v03Result(await response.json(), response);
    };
    const events = {
      decode: (data: unknown, response: Response): StreamResponse => v03Result(data, response) as StreamResponse,
      refuse: (body: unknown, response: Response): Error => {
        v03Result(body, response);
        return new Error(`not a stream: ${JSON.stringify(body)}`);
      },
    };
    // Answers are cast to what A2A says of their addresses: whether they are is what the tests are about.
    return {
      send: async (body) => (await call("POST", "/message:send", { body: toV03(body) })) as SendMessageResponse,
      get: async ({ id, historyLength }) => (await call("GET", taskPath(id), { query: { historyLength } })) as Task,
      cancel: async ({ id }) => (await call("POST", `${taskPath(id)}:cancel`)) as Task,
      stream: async (body) =>
        await openStream(to, { method: "POST", path: "/message:stream", body: toV03(body) }, events),
      subscribe: async ({ id, after }) =>
        await openStream(to, { method: "GET", path: `${taskPath(id)}:subscribe`, headers: lastEventId(after) }, events),
      list: async () => await Promise.reject(new Error("A2A 0.3 has no list")),
      extendedCard: async () => await Promise.reject(new Error("cards differ between the versions")),
    };
  },
};

/** The 0.3 proto's names of what tests send: texts, bytes and settings. */
function toV03(sent: object): object {
  const { message, configuration, ...rest } = sent as {
    message: { parts?: readonly Part[] };
    configuration?: { returnImmediately?: boolean };
  };
  const { parts, ...others } = message;
  const { returnImmediately, ...settings } = configuration ?? {};
  return {
    ...rest,
    message: { ...others, ...(parts === undefined ? {} : { content: parts.map(toV03Part) }) },
    configuration: { ...settings, blocking: returnImmediately !== true },
  };
}

function toV03Part({ raw, mediaType, ...rest }: Part): object {
  return raw === undefined ? rest : { ...rest, file: { fileWithBytes: raw, mimeType: mediaType } };
}

/** Back to 1.0's names, at any depth. `final` exists in 0.3 only. */
function fromV03(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromV03);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([name]) => name !== "final");
  return Object.fromEntries(
    entries.map(([name, member]) => {
      if (name === "content") return ["parts", fromV03(member)];
      return [name, member === "TASK_STATE_CANCELLED" ? "TASK_STATE_CANCELED" : fromV03(member)];
    }),
  );
}

/** @throws BindingFailure */
function v03Result(body: unknown, response: Response): unknown {
  const { code, message, data } = body as { code?: unknown; message?: unknown; data?: unknown };
  if (code !== undefined) throw new BindingFailure({ code, message, details: data, response });
  if (!response.ok) throw new Error(`no error in HTTP ${response.status}: ${JSON.stringify(body)}`);
  return fromV03(body);
}
