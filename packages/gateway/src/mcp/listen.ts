import { PlatformError, TaskState, isPlatformError, logEntryOf } from "@berth/protocol";
import type { JsonObject } from "@berth/protocol";
import { callContext } from "../a2a/operations.ts";
import type { SseStream } from "../edge/sse-stream.ts";
import { objectAt, stringsAt } from "./json.ts";
import type { McpCall } from "./mcp-call.ts";
import { Meta } from "./revision.ts";
import { toDetailedTask } from "./task-form.ts";
import { openTask } from "./tasks.ts";
import { aborted, openWatch, pause } from "./watch-resource.ts";

const MAX_TASKS = 100;
const MAX_RESOURCES = 100;

const CHANGES = [
  ["toolsListChanged", "notifications/tools/list_changed"],
  ["promptsListChanged", "notifications/prompts/list_changed"],
  ["resourcesListChanged", "notifications/resources/list_changed"],
] as const;

/**
 * `subscriptions/listen`: the acknowledgement, then what was asked for, until the caller leaves. New releases change
 * the lists; tasks tell of every change of theirs, resources that they have changed. @throws TOO_MANY_STREAMS, INVALID_PARAMS
 */
export async function listen(call: McpCall): Promise<void> {
  const { edge, exchange, request } = call;
  const asked = objectAt(request.params, "notifications") ?? {};
  const handles = stringsAt(asked, "taskIds");
  if (handles.length > MAX_TASKS) throw new PlatformError("INVALID_PARAMS", `At most ${MAX_TASKS} tasks at once.`);
  const tasks = await Promise.all(handles.map(async (handle) => await openTask(call, handle)));
  const uris = stringsAt(asked, "resourceSubscriptions");
  if (uris.length > MAX_RESOURCES)
    throw new PlatformError("INVALID_PARAMS", `At most ${MAX_RESOURCES} resources at once.`);
  const watches = await openWatches(call, new Set(uris));
  const changes = CHANGES.filter(([name]) => asked[name] === true);
  const before = changes.length === 0 ? "" : await releasesOf(call);

  const stream = edge.streams.open(exchange);
  const id = { [Meta.SubscriptionId]: request.id ?? null };
  const notify = async (method: string, params: JsonObject): Promise<void> => {
    const sent = stream.send({ data: JSON.stringify({ jsonrpc: "2.0", method, params: { _meta: id, ...params } }) });
    if (!sent) await stream.drained();
  };
  const honored = {
    ...Object.fromEntries(changes.map(([name]) => [name, true])),
    ...(handles.length === 0 ? {} : { taskIds: handles }),
    ...(uris.length === 0 ? {} : { resourceSubscriptions: watches.map(({ uri }) => uri) }),
  };
  try {
    await notify("notifications/subscriptions/acknowledged", { notifications: honored });
    const methods = changes.map(([, method]) => method);
    const running = [
      ...tasks.map(async (task) => await tellOfTask(call, task, { stream, notify })),
      ...watches.map(async ({ uri, watch }) => {
        await watch(stream.signal, async () => await notify("notifications/resources/updated", { uri }));
      }),
      ...(methods.length === 0 ? [] : [tellOfChanges(call, before, { stream, methods, notify })]),
    ];
    // Whoever asked for tasks only, or for what they produce, has heard everything when they are over.
    await Promise.all(running.length === 0 ? [aborted(stream.signal)] : running);
    const result = { resultType: "complete", _meta: id };
    stream.send({ data: JSON.stringify({ jsonrpc: "2.0", id: request.id ?? null, result }) });
  } finally {
    stream.end();
  }
}

/** What is not there cannot be watched: the acknowledgement names the others. */
async function openWatches(call: McpCall, uris: ReadonlySet<string>): Promise<readonly ResourceWatch[]> {
  const opened = await Promise.all([...uris].map(async (uri) => ({ uri, watch: await openWatch(call, uri) })));
  return opened.flatMap(({ uri, watch }) => (watch === undefined ? [] : [{ uri, watch }]));
}

interface ResourceWatch {
  readonly uri: string;
  readonly watch: NonNullable<Awaited<ReturnType<typeof openWatch>>>;
}

type Notify = (method: string, params: JsonObject) => Promise<void>;

async function tellOfTask(
  call: McpCall,
  task: Awaited<ReturnType<typeof openTask>>,
  { stream, notify }: { readonly stream: SseStream; readonly notify: Notify },
): Promise<void> {
  const { edge, exchange, surface } = call;
  const context = callContext(exchange, "mcp");
  const after = task.details.view.seq;
  await notify("notifications/tasks", toDetailedTask(call, task.details, task));
  for await (const { frame } of edge.control.tasks.follow(context, task.taskId, { after, signal: stream.signal })) {
    if (!("statusUpdate" in frame)) continue;
    const { status, metadata } = frame.statusUpdate;
    // An entry of the agent's log is not a change of the task.
    if (status.state === TaskState.Working && logEntryOf(metadata) !== undefined) continue;
    const details = await edge.control.tasks.get(context, task.taskId, surface.agentName);
    await notify("notifications/tasks", toDetailedTask(call, details, task));
  }
}

async function tellOfChanges(
  call: McpCall,
  before: string,
  {
    stream,
    methods,
    notify,
  }: { readonly stream: SseStream; readonly methods: readonly string[]; readonly notify: Notify },
): Promise<void> {
  let known = before;
  // Looking, and not being told, also sees what another node has deployed.
  while (await pause(call.surface.lookMs, stream.signal)) {
    const now = await releasesOf(call);
    if (now === known) continue;
    known = now;
    for (const method of methods) await notify(method, {});
  }
}

/** Changes whenever one of the lists may have; an agent that is gone has changed them, too. */
async function releasesOf({ surface }: McpCall): Promise<string> {
  try {
    return (await surface.all()).map(({ release }) => release.releaseId).join(" ");
  } catch (error) {
    if (!isPlatformError(error)) throw error;
    return error.reason;
  }
}
