import type { PlatformProcess } from "@berth/testing";
import { waitFor } from "@berth/testing";
import { hex, toOtlp } from "../seed.ts";
import type { Payload } from "./payloads.ts";

const JSON_BODY = { "content-type": "application/json" };
/** A reason may have 2,000 characters, and an agent eight open requests. */
const REASONS = 6;
const MAX_REASON = 1_900;

async function post(platform: PlatformProcess, path: string, body: object): Promise<Record<string, string>> {
  const response = await platform.fetch(path, {
    method: "POST",
    headers: { ...JSON_BODY, prefer: "respond-async" },
    body: JSON.stringify(body),
  });
  // Our own server's answer; what was refused shows in what is missing later.
  return (await response.json()) as Record<string, string>;
}

/** Calls the hostile agent in every way it has something to say. Answers the tasks by skill. */
export async function callHostile(
  platform: PlatformProcess,
  payloads: readonly Payload[],
): Promise<ReadonlyMap<string, string>> {
  const tasks = new Map<string, string>();
  const text = payloads.map((each) => each.text).join("\n\n");
  for (const skill of ["say", "ask", "reply", "fail", "remember"]) {
    const { taskId } = await post(platform, `/agents/hostile/invoke/${skill}`, { text });
    if (taskId !== undefined) tasks.set(skill, taskId);
  }
  for (let n = 0; n < REASONS; n++) {
    const reason = reasonOf(payloads.filter((_, at) => at % REASONS === n));
    const { taskId } = await post(platform, "/agents/hostile/invoke/want", { reason });
    if (taskId !== undefined) tasks.set(`want ${n}`, taskId);
  }
  const states = new Set(["TASK_STATE_SUBMITTED", "TASK_STATE_WORKING"]);
  for (const [skill, taskId] of tasks) {
    await waitFor(
      `${skill} to end or to wait`,
      async () => {
        const response = await platform.fetch(`/v1/tasks/${taskId}`);
        if (response.status === 404) return true;
        const { task } = (await response.json()) as { task: { status: { state: string } } };
        return !states.has(task.status.state);
      },
      60_000,
    );
  }
  return tasks;
}

function reasonOf(payloads: readonly Payload[]): string {
  let reason = "";
  for (const { text } of payloads) if (reason.length + text.length < MAX_REASON) reason += `${text}\n`;
  return reason;
}

/** Spans and logs as any OTLP client may send them: names, keys and values are payloads. Answers the trace. */
export async function sendTelemetry(
  platform: PlatformProcess,
  payloads: readonly Payload[],
  taskId: string,
): Promise<string> {
  const TRACE = 0xbad;
  const now = Date.now();
  const spans = toOtlp(
    TRACE,
    now - 60_000,
    payloads.map(({ text }, n) => ({
      id: n + 1,
      ...(n === 0 ? {} : { parent: 1 }),
      name: text,
      fromMs: n * 10,
      toMs: n * 10 + 500,
      ...(n % 3 === 0 ? { error: text } : {}),
      attributes: {
        [text]: text,
        "input.value": text,
        "output.value": text,
        "gen_ai.request.model": text,
        "gen_ai.tool.name": text,
        "url.full": text,
        "exception.stacktrace": text,
        "a2a.task.id": taskId,
      },
      events: [{ timeUnixNano: `${now}000000`, name: text, attributes: [{ key: text, value: { stringValue: text } }] }],
    })),
  );
  const resource = {
    attributes: [
      { key: "service.name", value: { stringValue: payloads[0]?.text } },
      { key: "service.version", value: { stringValue: payloads[1]?.text } },
    ],
  };
  const scope = { name: payloads[2]?.text, version: payloads[3]?.text };
  await post(platform, "/otlp/v1/traces", { resourceSpans: [{ resource, scopeSpans: [{ scope, spans }] }] });
  const logRecords = payloads.map(({ text }, n) => ({
    timeUnixNano: `${now - n}000000`,
    severityNumber: 17,
    severityText: text,
    body: { stringValue: text },
    attributes: [{ key: text, value: { stringValue: text } }],
    traceId: hex(TRACE, 32),
  }));
  await post(platform, "/otlp/v1/logs", { resourceLogs: [{ resource, scopeLogs: [{ scope, logRecords }] }] });
  return hex(TRACE, 32);
}

/** What people and callers name: files, keys, users. Refusals are as good: nothing is shown then. */
export async function namePlaces(platform: PlatformProcess, payloads: readonly Payload[]): Promise<void> {
  for (const { id, text } of payloads) {
    const name = encodeURIComponent(text.replaceAll(/[/\\\p{Cc}]/gu, "_").slice(0, 60));
    const extension = ["svg", "html", "md", "txt", "json", "csv"][id % 6];
    await platform.fetch(`/v1/workspace/files/hostile/${name}.${extension}`, { method: "PUT", body: text });
  }
  for (const { text } of payloads.slice(0, 30)) {
    await post(platform, "/v1/keys", { name: text.slice(0, 60), scopes: ["read"] });
  }
  for (const { id, text } of payloads.slice(0, 30)) {
    await post(platform, "/v1/users", { email: `u${id}@example.com`, name: text.slice(0, 60), role: "viewer" });
  }
}
