import { PlatformError } from "@berth/protocol";
import type { JsonObject } from "@berth/protocol";
import { callTool } from "./call-tool.ts";
import { textAt } from "./json.ts";
import { setLogLevel } from "./logging.ts";
import type { McpCall } from "./mcp-call.ts";
import { complete, getPrompt, listPrompts } from "./prompts.ts";
import { listResources, listTemplates, readResource } from "./resources.ts";
import { LEGACY_REVISIONS, REVISIONS, TASKS_EXTENSION } from "./revision.ts";
import type { Era } from "./revision.ts";
import { subscribe, unsubscribe } from "./subscriptions.ts";
import { endTask, showTask, updateTask } from "./tasks.ts";
import { toSkillTools } from "./tool.ts";

export interface McpMethod {
  /** Undefined: in both. */
  readonly era?: Era;
  /** How long its result may be kept, where 2026 wants to know. What is listed depends on who asks. */
  readonly ttlMs?: number;
  /** Undefined: the caller wants no answer any more. */
  readonly run: (call: McpCall) => Promise<object | undefined>;
}

/** Until a new release is noticed at the latest; clients that listen learn of it sooner. */
const LIST_TTL_MS = 30_000;
/** What a finished task has produced does not change. */
const READ_TTL_MS = 60_000;

const cursorOf = ({ request }: McpCall): string | undefined => {
  const { cursor } = request.params;
  if (cursor === undefined || typeof cursor === "string") return cursor;
  throw new PlatformError("INVALID_PARAMS", `"cursor" must be a string.`);
};

export const MCP_METHODS: ReadonlyMap<string, McpMethod> = new Map<string, McpMethod>([
  ["initialize", { era: "legacy", run: initialize }],
  ["ping", { era: "legacy", run: async () => await Promise.resolve({}) }],
  ["server/discover", { era: "modern", ttlMs: LIST_TTL_MS, run: discover }],
  ["tools/list", { ttlMs: LIST_TTL_MS, run: listTools }],
  ["tools/call", { run: callTool }],
  ["prompts/list", { ttlMs: LIST_TTL_MS, run: async (call) => await listPrompts(call.surface, cursorOf(call)) }],
  ["prompts/get", { run: getPrompt }],
  ["completion/complete", { run: async ({ surface, request }) => await complete(surface, request.params) }],
  ["resources/list", { ttlMs: LIST_TTL_MS, run: async (call) => await listResources(call, cursorOf(call)) }],
  ["resources/templates/list", { ttlMs: LIST_TTL_MS, run: async (call) => await listTemplates(call, cursorOf(call)) }],
  ["resources/read", { ttlMs: READ_TTL_MS, run: readResource }],
  ["resources/subscribe", { era: "legacy", run: subscribe }],
  ["resources/unsubscribe", { era: "legacy", run: unsubscribe }],
  ["logging/setLevel", { era: "legacy", run: setLogLevel }],
  ["tasks/get", { era: "modern", run: showTask }],
  ["tasks/update", { era: "modern", run: updateTask }],
  ["tasks/cancel", { era: "modern", run: endTask }],
]);

async function listTools(call: McpCall): Promise<JsonObject> {
  const { members, nextCursor } = await call.surface.members(cursorOf(call));
  const tools = members.flatMap((each) => [...toSkillTools(each).values()].map(({ tool }) => ({ ...tool })));
  return { tools, ...(nextCursor === undefined ? {} : { nextCursor }) };
}

async function initialize({ surface, request }: McpCall): Promise<JsonObject> {
  const asked = textAt(request.params, "protocolVersion");
  return {
    protocolVersion: LEGACY_REVISIONS.find((revision) => revision === asked) ?? LEGACY_REVISIONS[0],
    capabilities: offered({}),
    serverInfo: await surface.title(),
    instructions: await surface.instructions(),
  };
}

async function discover({ surface }: McpCall): Promise<JsonObject> {
  return {
    supportedVersions: REVISIONS,
    capabilities: { ...offered({ listChanged: true }), extensions: { [TASKS_EXTENSION]: {} } },
    instructions: await surface.instructions(),
  };
}

/** Changes of lists are told in 2026 only: every client of 2025 holds a stream open, and looking for each would cost. */
function offered(changes: JsonObject): JsonObject {
  const resources = { ...changes, subscribe: true };
  return { tools: changes, resources, prompts: changes, completions: {}, logging: {} };
}
