import { join } from "node:path";
import { PlatformProcess, deployFolder, temporaryFolder, waitFor } from "@berth/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openAiAnswer } from "./models/answers.ts";
import { ProviderServer } from "./models/provider-server.ts";
import { writeBack, writeFront } from "./telemetry/agents.ts";

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: string;
  readonly status: string;
  readonly source: string;
  readonly agent?: string;
  readonly taskId?: string;
  readonly instanceId?: string;
  readonly release?: string;
  readonly startUs: number;
  readonly endUs?: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events?: readonly { readonly name: string }[];
}

interface Log {
  readonly body: string;
  readonly source: string;
  readonly agent?: string;
  readonly taskId?: string;
  readonly traceId?: string;
  readonly spanId?: string;
  readonly instanceId?: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

interface TaskTelemetry {
  readonly spans: readonly Span[];
  readonly logs: readonly Log[];
}

const KEY = "canary-telemetry-provider-key";
const CALLER = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" };
const folder = temporaryFolder();
let platform: PlatformProcess;
let provider: ProviderServer;

async function read<T>(path: string): Promise<T> {
  const response = await platform.fetch(path);
  const text = await response.text();
  expect(response.status, `${path}: ${text}`).toBe(200);
  // Our own server's answer.
  return JSON.parse(text) as T;
}

async function invoke(
  skill: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly taskId: string; readonly output?: Readonly<Record<string, unknown>> }> {
  const response = await platform.fetch(`/agents/front/invoke/${skill}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: "{}",
  });
  // Our own server's answer.
  return (await response.json()) as { taskId: string; output?: Record<string, unknown> };
}

/** Written behind the call's back: what is asked for is waited for. */
async function telemetryOf(taskId: string, isThere: (found: TaskTelemetry) => boolean): Promise<TaskTelemetry> {
  return await waitFor(`the telemetry of ${taskId}`, async () => {
    const found = await read<TaskTelemetry>(`/v1/tasks/${taskId}/telemetry`);
    return isThere(found) ? found : undefined;
  });
}

beforeAll(async () => {
  provider = await ProviderServer.open(openAiAnswer(KEY));
  platform = await PlatformProcess.start({
    home: join(folder.path, "home"),
    env: { BERTH_OUTBOUND_ALLOW: "127.0.0.1:*" },
  });
  const json = { "content-type": "application/json" };
  const put = async (path: string, body: object): Promise<void> => {
    const answer = await platform.fetch(path, { method: "PUT", headers: json, body: JSON.stringify(body) });
    expect(answer.status, await answer.text()).toBe(200);
  };
  await put("/v1/secrets/OPENAI_KEY", { value: KEY });
  await put("/v1/models/providers/openai", {
    kind: "openai",
    baseUrl: `${provider.origin}/v1`,
    secret: "OPENAI_KEY",
    models: [{ name: "small", inputPrice: "1", outputPrice: "2" }],
  });
  await deployFolder(platform, await writeBack(join(folder.path, "back")));
  await deployFolder(platform, await writeFront(join(folder.path, "front")));
}, 180_000);

afterAll(async () => {
  await platform.stop();
  await provider[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

describe("a call through the gateway to an agent, another agent and a model", () => {
  let parent: TaskTelemetry;
  let child: TaskTelemetry;
  let taskId: string;
  let childId: string;
  let output: Readonly<Record<string, unknown>> | undefined;
  const named = ({ spans }: TaskTelemetry, name: string): Span => {
    const found = spans.find((span) => span.name === name);
    expect(found, `${name} among ${spans.map((span) => span.name).join(", ")}`).toBeDefined();
    // Just expected.
    return found as Span;
  };

  beforeAll(async () => {
    const traceparent = `00-${CALLER.traceId}-${CALLER.spanId}-01`;
    const answer = await invoke("go", { traceparent, baggage: "who=stranger" });
    ({ taskId, output } = answer);
    expect(output, JSON.stringify(answer)).toBeDefined();
    const isOver = (span: Span): boolean => span.endUs !== undefined;
    parent = await telemetryOf(
      taskId,
      ({ spans, logs }) => spans.length >= 3 && spans.every(isOver) && logs.length > 0,
    );
    childId = String(named(parent, "execute_tool back/work").attributes["berth.child.task.id"]);
    child = await telemetryOf(
      childId,
      ({ spans, logs }) => spans.some(({ name }) => name === "crunch") && spans.every(isOver) && logs.length > 0,
    );
  }, 60_000);

  test("is one connected trace that goes on with its caller's", async () => {
    const trace = await read<{ spans: readonly Span[]; taskIds: readonly string[] }>(`/v1/traces/${CALLER.traceId}`);
    const known = new Set([...trace.spans.map(({ spanId }) => spanId), CALLER.spanId]);
    for (const span of trace.spans) expect(known, `${span.name} hangs in the air`).toContain(span.parentSpanId);
    expect([...trace.taskIds].toSorted()).toEqual([taskId, childId].toSorted());
    const chain: string[] = [];
    const chat = trace.spans.find(({ name }) => name.startsWith("chat"));
    for (let at = chat; at !== undefined; at = trace.spans.find(({ spanId }) => spanId === at?.parentSpanId)) {
      chain.push(at.name);
    }
    expect(chain.slice(0, 4)).toEqual([
      "chat openai/small",
      "invoke_agent back",
      "execute_tool back/work",
      "invoke_agent front",
    ]);
    // The gateway's own, which hangs below the caller's.
    expect(chain).toHaveLength(5);
  });

  test("tells who did what, for how much, and how it ended", () => {
    expect(named(parent, "invoke_agent front")).toMatchObject({
      agent: "front",
      taskId,
      kind: "internal",
      status: "ok",
      source: "platform",
      attributes: {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "front",
        "gen_ai.conversation.id": expect.any(String),
        "a2a.task.id": taskId,
        "a2a.task.state": "TASK_STATE_COMPLETED",
      },
    });
    expect(named(parent, "execute_tool back/work")).toMatchObject({ kind: "client", status: "ok", agent: "front" });
    expect(named(child, "chat openai/small")).toMatchObject({
      kind: "client",
      agent: "back",
      attributes: {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "small",
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 50,
        "berth.cost.micros": 200,
      },
    });
    const exchange = named(child, "SendStreamingMessage back");
    expect(exchange).toMatchObject({
      kind: "client",
      status: "ok",
      parentSpanId: named(child, "invoke_agent back").spanId,
    });
    expect(exchange.attributes["berth.instance.id"]).toEqual(expect.any(String));
  });

  test("what the agent's own OpenTelemetry SDK sends lies below its turn, and is the agent's by its socket", () => {
    expect(output?.["answer"]).toMatchObject({
      endpoint: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      service: "back",
    });
    const own = named(child, "crunch");
    expect(own).toMatchObject({
      traceId: CALLER.traceId,
      parentSpanId: named(child, "SendStreamingMessage back").spanId,
      source: "agent",
      agent: "back",
      taskId: childId,
      attributes: { rows: 3 },
    });
    expect(own.instanceId).toMatch(/^ins_/);
    expect(own.release).toMatch(/^rel_/);
  });

  test("ctx.traceparent is the exchange's, and what the agents print is found by task and trace", () => {
    const exchange = named(parent, "SendStreamingMessage front");
    expect(output?.["traceparent"]).toBe(`00-${CALLER.traceId}-${exchange.spanId}-01`);
    expect(parent.logs.find(({ body }) => body === "front begins")).toMatchObject({
      source: "stdout",
      agent: "front",
      taskId,
      traceId: CALLER.traceId,
      spanId: exchange.spanId,
      attributes: { step: 1, skill: "go" },
    });
    expect(child.logs.find(({ body }) => body === "a plain line of back")).toMatchObject({
      source: "stdout",
      agent: "back",
      taskId: childId,
      traceId: CALLER.traceId,
    });
  });

  test("the provider's key is nowhere in it", () => {
    expect(JSON.stringify([parent, child])).not.toContain(KEY);
  });
});

test("a question splits a task into turns, and the wait between them is a span", async () => {
  const { taskId } = await invoke("ask");
  const asked = await telemetryOf(taskId, ({ spans }) => spans.some(({ name }) => name === "wait for input"));
  expect(asked.spans.find(({ name }) => name === "wait for input")?.endUs).toBeUndefined();
  const message = { messageId: "answer-1", role: "ROLE_USER", taskId, parts: [{ text: "yes" }] };
  const answered = await platform.fetch("/agents/front/message:send", {
    method: "POST",
    headers: { "content-type": "application/json", "a2a-version": "1.0" },
    body: JSON.stringify({ message }),
  });
  expect(answered.status, await answered.text()).toBe(200);
  const { spans } = await telemetryOf(taskId, (found) => found.spans.every(({ endUs }) => endUs !== undefined));
  const turns = spans.filter(({ name }) => name === "invoke_agent front");
  expect(turns.map(({ attributes }) => attributes["a2a.task.state"])).toEqual([
    "TASK_STATE_INPUT_REQUIRED",
    "TASK_STATE_COMPLETED",
  ]);
  expect(new Set(turns.map(({ traceId }) => traceId)).size).toBe(2);
});

test("an instance that ends badly says so in the log, and its task's trace has the error", async () => {
  const { taskId } = await invoke("crash");
  const { spans } = await telemetryOf(taskId, (found) => found.spans.some(({ status }) => status === "error"));
  expect(spans.find(({ name }) => name === "SendStreamingMessage front")).toMatchObject({
    status: "error",
    attributes: { "error.type": "AGENT_CRASHED" },
  });
  const line = await waitFor("the line", async () => {
    const { logs } = await read<{ logs: readonly Log[] }>("/v1/logs?q=agent:front%20source:platform");
    return logs.find(({ body }) => body.startsWith("crashed"));
  });
  expect(line.body).toContain("exit code 7");
  // The next call has to wait for another instance, and sees how long.
  const next = await invoke("ask");
  const woken = await telemetryOf(next.taskId, (found) => found.spans.some(({ name }) => name === "wake instance"));
  expect(woken.spans.find(({ name }) => name === "wake instance")).toMatchObject({
    taskId: next.taskId,
    status: "ok",
    attributes: { "berth.wake.reason": "call" },
  });
});

test("the platform counts calls, wakes and what it took in", async () => {
  const metrics = await (await platform.fetch("/metrics")).text();
  expect(metrics).toMatch(/berth_calls_total\{agent="back",outcome="completed"\} 1/);
  expect(metrics).toMatch(/berth_wakes_total\{agent="front",outcome="ready"\} \d/);
  expect(metrics).toMatch(/berth_telemetry_accepted_records_total \d{2}/);
  expect(metrics).toMatch(/berth_telemetry_dropped_records_total 0/);
});
