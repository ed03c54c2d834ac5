import type { AgentCard, AgentConfig } from "@berth/protocol";
import type { DoorAnswer, DoorRequest } from "./inner-door.ts";

/** One question that an agent's doors answer without the agent doing any work, and what the specification wants to hear. */
export interface Probe {
  readonly id: string;
  readonly section: string;
  /** Below the agent's address. */
  readonly request: Omit<DoorRequest, "headers"> & { readonly headers?: Readonly<Record<string, string>> };
  /** What is wrong with the answer; undefined: nothing. */
  readonly problem: (answer: DoorAnswer) => string | undefined;
}

/** No task has such an id. */
const NO_TASK = "no-such-task";
const JSON_TYPE = { "content-type": "application/json" };

/** By what the agent is offered in. Versions of A2A that it does not speak are not asked. */
export function probesOf({
  card,
  config,
}: {
  readonly card: AgentCard;
  readonly config: Pick<AgentConfig, "protocolVersions">;
}): readonly Probe[] {
  const { protocolVersions } = config;
  return [
    cardProbe,
    ...(protocolVersions.includes("1.0") ? versionOneProbes(card) : []),
    ...(protocolVersions.includes("0.3") ? OLD_PROBES : []),
    ...MCP_PROBES,
  ];
}

const cardProbe: Probe = {
  id: "card-door",
  section: "A2A 1.0 §8.2",
  request: { method: "GET", path: "/.well-known/agent-card.json", headers: { "a2a-version": "1.0" } },
  problem: ({ status, headers, text }) => {
    if (status !== 200) return `HTTP ${status}`;
    if (!(headers["content-type"] ?? "").startsWith("application/json")) return "its media type is not JSON";
    if (headers.etag === undefined) return "there is no ETag";
    return member(parse(text), "name") === undefined ? "it is no card" : undefined;
  },
};

function versionOneProbes({ capabilities }: AgentCard): readonly Probe[] {
  const rpc = (
    id: string,
    section: string,
    call: { readonly method: string; readonly params: object; readonly codes: readonly number[] },
  ): Probe => rpcProbe({ id, section, version: "1.0", ...call });
  return [
    rpc("unknown-method", "A2A 1.0 §5.4", { method: "NoSuchMethod", params: {}, codes: [-32601] }),
    rpc("bad-params", "A2A 1.0 §5.4", { method: "GetTask", params: {}, codes: [-32602] }),
    rpc("get-unknown-task", "A2A 1.0 §3.1.3", { method: "GetTask", params: { id: NO_TASK }, codes: [-32001] }),
    rpc("cancel-unknown-task", "A2A 1.0 §3.1.5", { method: "CancelTask", params: { id: NO_TASK }, codes: [-32001] }),
    rpc("subscribe-unknown-task", "A2A 1.0 §3.1.6", {
      method: "SubscribeToTask",
      params: { id: NO_TASK },
      codes: [-32001, -32004],
    }),
    rpc("push-config-of-unknown-task", "A2A 1.0 §3.1.7", {
      method: "ListTaskPushNotificationConfigs",
      params: { taskId: NO_TASK },
      codes: capabilities.pushNotifications === true ? [-32001] : [-32001, -32003],
    }),
    ...(capabilities.extendedAgentCard === true
      ? []
      : [
          rpc("no-extended-card", "A2A 1.0 §3.1.11", {
            method: "GetExtendedAgentCard",
            params: {},
            codes: [-32004, -32007],
          }),
        ]),
    rpcProbe({
      id: "unsupported-version",
      section: "A2A 1.0 §3.6.2",
      version: "99.0",
      method: "GetTask",
      params: { id: NO_TASK },
      codes: [-32009],
    }),
    {
      id: "no-json",
      section: "JSON-RPC 2.0 §5.1",
      request: { method: "POST", path: "/", headers: { ...JSON_TYPE, "a2a-version": "1.0" }, body: "{" },
      problem: wantsCode([-32700]),
    },
    {
      id: "no-request",
      section: "JSON-RPC 2.0 §5.1",
      request: { method: "POST", path: "/", headers: { ...JSON_TYPE, "a2a-version": "1.0" }, body: '{"id":1}' },
      problem: wantsCode([-32600]),
    },
    {
      id: "rest-unknown-task",
      section: "A2A 1.0 §11.6",
      request: { method: "GET", path: `/tasks/${NO_TASK}`, headers: { "a2a-version": "1.0" } },
      problem: ({ status, text }) => {
        if (status !== 404) return `HTTP ${status} instead of 404`;
        return parse(text) === undefined ? "the answer is no JSON" : undefined;
      },
    },
  ];
}

const OLD_PROBES: readonly Probe[] = [
  rpcProbe({
    id: "v03-get-unknown-task",
    section: "A2A 0.3 §7.3",
    version: "0.3",
    method: "tasks/get",
    params: { id: NO_TASK },
    codes: [-32001],
  }),
  rpcProbe({
    id: "v03-unknown-method",
    section: "A2A 0.3 §8.1",
    version: "0.3",
    method: "no/method",
    params: {},
    codes: [-32601],
  }),
];

const MCP_PROBES: readonly Probe[] = [
  {
    id: "mcp-initialize",
    section: "MCP 2025-11-25 lifecycle",
    request: {
      method: "POST",
      path: "/mcp",
      headers: { ...JSON_TYPE, accept: "application/json, text/event-stream" },
      body: JSON.stringify({
        jsonrpc: "2.0",
        id: 1,
        method: "initialize",
        params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "conformance", version: "1" } },
      }),
    },
    problem: ({ status, text }) => {
      const said = member(member(rpcAnswer(text), "result"), "protocolVersion");
      return typeof said === "string" ? undefined : `HTTP ${status} without a protocol version`;
    },
  },
];

function rpcProbe({
  id,
  section,
  version,
  method,
  params,
  codes,
}: {
  readonly id: string;
  readonly section: string;
  readonly version: string;
  readonly method: string;
  readonly params: object;
  readonly codes: readonly number[];
}): Probe {
  const body = JSON.stringify({ jsonrpc: "2.0", id, method, params });
  const headers = { ...JSON_TYPE, "a2a-version": version, accept: "application/json, text/event-stream" };
  return { id, section, request: { method: "POST", path: "/", headers, body }, problem: wantsCode(codes, id) };
}

/** `id`: the request's, which the answer has to repeat. */
function wantsCode(codes: readonly number[], id?: string): Probe["problem"] {
  return ({ status, text }) => {
    const answer = rpcAnswer(text);
    const code = member(member(answer, "error"), "code");
    if (typeof code !== "number") return `HTTP ${status} without a JSON-RPC error`;
    if (!codes.includes(code)) return `the code is ${code} instead of ${codes.join(" or ")}`;
    if (member(answer, "jsonrpc") !== "2.0") return `the answer is not marked as JSON-RPC 2.0`;
    return id === undefined || member(answer, "id") === id ? undefined : "the answer has another id than the request";
  };
}

/** Also out of a stream, where it is the only event. */
function rpcAnswer(text: string): unknown {
  return parse(/^data: ?(.*)$/m.exec(text)?.[1] ?? text);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  // It is an object that has it.
  return (value as { readonly [name: string]: unknown })[name];
}
