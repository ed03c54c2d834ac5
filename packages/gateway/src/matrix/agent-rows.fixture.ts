import { textMessage } from "../gateway.fixture.ts";
import type { CallOptions } from "../gateway.fixture.ts";
import { toCall } from "../mcp/mcp.fixture.ts";
import type { Params, Row, Rows } from "./row.fixture.ts";
import type { Org } from "./world.fixture.ts";

const post = (): CallOptions => ({ method: "POST" });
const send = (): CallOptions => ({ body: textMessage("x") });

const agent = async (org: Org): Promise<Params> => ({ agent: org.agent });
const CALL: Row = { access: "agent.invoke", why: "private agents are for those who may call", thing: agent };
const CARD: Row = { thing: agent };

const task = async (org: Org): Promise<Params> => ({ id: await org.task() });
/** At the own agent: whose task it is makes the difference. */
const TASK: Row = { access: "task", why: "one's own tasks need no right", thing: task, fixed: { agent: "hidden" } };
const CANCEL: Row = { ...TASK, access: "task_owner", any: "task.cancel_any", why: "one's own, or task.cancel_any" };
const OVER = { after: ["UNSUPPORTED_OPERATION", "TASK_NOT_CANCELABLE"] } as const;

const push = async (org: Org): Promise<Params> => {
  const id = await org.task();
  await org.make(`/agents/${org.agent}/tasks/${id}/pushNotificationConfigs`, {
    body: { id: "c", url: "https://x.example" },
  });
  return { id };
};
const PUSH: Row = {
  access: "task_owner",
  why: "who hears of a task is its owner's to say",
  thing: push,
  fixed: { agent: "hidden", configId: "c" },
};
const SEE_PUSH: Row = { ...PUSH, access: "task", why: "as visible as the task" };
const MAKE_PUSH: Row = { ...PUSH, thing: task, call: () => ({ body: { id: "c", url: "https://x.example" } }) };

const v03 = (): CallOptions => ({
  body: { message: { kind: "message", messageId: crypto.randomUUID(), role: "ROLE_USER", content: [{ text: "x" }] } },
});
const V03_PUSH: Row = {
  ...PUSH,
  thing: task,
  call: () => ({ body: { config: { pushNotificationConfig: { id: "c", url: "https://x.example" } } } }),
};

const EXTENDED: Row = {
  access: "signed_in",
  why: "members see their agents",
  thing: agent,
  after: ["UNSUPPORTED_OPERATION", "EXTENDED_AGENT_CARD_NOT_CONFIGURED"],
};

/** On the platform's host these are 404 for everybody: agents' pages share no origin with the console. */
const OWN_HOST: Row = {
  access: "everybody",
  why: "404 here; at the agent's own host its visibility decides, see app.md",
  fixed: { agent: "hidden", path: "x.js" },
  after: ["ROUTE_NOT_FOUND"],
};

/** Routes of every agent, below `/agents/{agent}`. */
export const AGENT_ROWS: Rows = {
  "POST /": {
    ...CALL,
    call: () => ({ body: { jsonrpc: "2.0", id: 1, method: "SendMessage", params: textMessage("x") } }),
  },
  "GET /.well-known/jwks.json": { fixed: { agent: "hidden" } },
  "GET /.well-known/agent-card.json": CARD,
  "GET /.well-known/agent.json": CARD,
  "POST /message:send": { ...CALL, call: send },
  "POST /message:stream": { ...CALL, call: send },
  "GET /tasks/{id}:subscribe": { ...TASK, ...OVER },
  "POST /tasks/{id}:subscribe": { ...TASK, ...OVER, call: post },
  "POST /tasks/{id}:cancel": { ...CANCEL, ...OVER, call: post },
  "GET /tasks/{id}": TASK,
  "GET /tasks": { access: "signed_in", why: "one's own tasks need no right", thing: agent },
  "POST /tasks/{id}/pushNotificationConfigs": MAKE_PUSH,
  "GET /tasks/{id}/pushNotificationConfigs": SEE_PUSH,
  "GET /tasks/{id}/pushNotificationConfigs/{configId}": SEE_PUSH,
  "DELETE /tasks/{id}/pushNotificationConfigs/{configId}": { ...PUSH, fresh: true },
  "GET /extendedAgentCard": EXTENDED,
  "POST /v1/message:send": { ...CALL, call: v03 },
  "POST /v1/message:stream": { ...CALL, call: v03 },
  "GET /v1/tasks/{id}:subscribe": { ...TASK, ...OVER },
  "POST /v1/tasks/{id}:subscribe": { ...TASK, ...OVER, call: post },
  "POST /v1/tasks/{id}:cancel": { ...CANCEL, ...OVER, call: post },
  "GET /v1/tasks/{id}": TASK,
  "POST /v1/tasks/{id}/pushNotificationConfigs": V03_PUSH,
  "GET /v1/tasks/{id}/pushNotificationConfigs": SEE_PUSH,
  "GET /v1/tasks/{id}/pushNotificationConfigs/{configId}": SEE_PUSH,
  "DELETE /v1/tasks/{id}/pushNotificationConfigs/{configId}": { ...PUSH, fresh: true },
  "GET /v1/card": EXTENDED,
  "POST /tasks": { ...CALL, call: send },
  "GET /sse/{id}": { ...TASK, query: "after=0" },
  "POST /invoke/{skill}": { ...CALL, fixed: { skill: "echo" }, call: () => ({ body: {} }) },
  "GET /runs/{id}/receipt": TASK,
  "GET /mcp": {
    access: "everybody",
    why: "a stream of a session; without one there is nothing to hear",
    fixed: { agent: "hidden" },
    after: ["METHOD_NOT_FOUND"],
  },
  "POST /mcp": { ...CALL, call: () => toCall("tools/call", { name: "echo", arguments: { message: "x" } }, {}) },
  "GET /openapi.json": CARD,
  "GET /llms.txt": CARD,
  "GET /app": OWN_HOST,
  "GET /app/config.json": OWN_HOST,
  "GET /app/{path...}": OWN_HOST,
  "GET /auth/session": OWN_HOST,
  "GET /auth/sign-in": OWN_HOST,
  "GET /auth/callback": OWN_HOST,
  "POST /auth/sign-out": { ...OWN_HOST, call: post },
};
