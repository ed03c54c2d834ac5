import { fileURLToPath } from "node:url";
import { SKILL_CALL_METADATA, frameOf } from "@berth/protocol";
import type { TaskEvent } from "@berth/protocol";
import { PlatformProcess, WebhookReceiver, deployFolder, temporaryFolder, waitFor } from "@berth/testing";
import { expect, test } from "vitest";

const ECHO = fileURLToPath(new URL("../../examples/echo", import.meta.url));
const HOOKS = ["/one", "/two", "/old"];

interface Got {
  readonly seq: number;
  readonly state: string | undefined;
}

test("kill -9 between updates: every update that is in the log reaches its webhook, in order", async () => {
  using folder = temporaryFolder();
  const home = `${folder.path}/home`;
  await using receiver = await WebhookReceiver.open();
  const env = { BERTH_OUTBOUND_ALLOW: new URL(receiver.url).host };
  await using first = await PlatformProcess.start({ home, env });
  const { port } = new URL(first.url);
  await deployFolder(first, ECHO, { name: "echo" });
  // Each webhook is unwell once: what it did not take comes again, before what is newer.
  const unwell = new Set(HOOKS);
  receiver.answer = ({ path }) => {
    const isThird = got(receiver, path).length === 3;
    return { status: isThird && unwell.delete(path) ? 503 : 204 };
  };
  const tasks = await Promise.all(HOOKS.map(async (hook) => [hook, await start(first, receiver, hook)] as const));
  await waitFor("updates at every webhook", () => HOOKS.every((hook) => got(receiver, hook).length >= 10), 60_000);
  await first.kill();

  await using platform = await PlatformProcess.start({ home, port: Number(port), env });
  for (const [hook, taskId] of tasks) {
    await waitFor(
      `the end of the task at ${hook}`,
      () => got(receiver, hook).some(({ state }) => state === "TASK_STATE_FAILED" || state === "failed"),
      60_000,
    );
    const response = await platform.fetch(`/v1/tasks/${taskId}/events?limit=10000`);
    const { events } = (await response.json()) as { events: TaskEvent[] };
    const visible = events.filter((event) => frameOf(event, "") !== undefined).map(({ seq }) => seq);
    const seqs = got(receiver, hook).map(({ seq }) => seq);
    expect(seqs, "repeats are allowed, going back is not").toEqual(seqs.toSorted((a, b) => a - b));
    expect([...new Set(seqs)], hook).toEqual(visible);
    expect(seqs.length, "the third was refused").toBeGreaterThan(visible.length);
    await waitFor("the last answer to be written down", async () => {
      const log = await platform.fetch(`/v1/tasks/${taskId}/deliveries`);
      const { deliveries } = (await log.json()) as { deliveries: { state: string }[] };
      return deliveries.length === visible.length && deliveries.every(({ state }) => state === "delivered");
    });
  }
});

test("a platform without an exemption calls nobody on its own machine", async () => {
  using folder = temporaryFolder();
  await using receiver = await WebhookReceiver.open();
  await using platform = await PlatformProcess.start({ home: `${folder.path}/home` });
  await deployFolder(platform, ECHO, { name: "echo" });
  const response = await platform.fetch("/agents/echo/message:send", sendTo(receiver, "/hook"));
  expect(response.status).toBe(400);
  expect(await response.text()).toContain("must not lead to a private address");
  expect(receiver.updates).toEqual([]);
});

async function start(platform: PlatformProcess, receiver: WebhookReceiver, hook: string): Promise<string> {
  if (hook !== "/old") {
    const response = await platform.fetch("/agents/echo/message:send", sendTo(receiver, hook));
    return ((await response.json()) as { task: { id: string } }).task.id;
  }
  const params = {
    message: {
      kind: "message",
      messageId: hook,
      role: "user",
      parts: [{ kind: "data", data: INPUT }],
      metadata: SKILL,
    },
    configuration: { blocking: false, pushNotificationConfig: { url: `${receiver.url}${hook}` } },
  };
  const response = await platform.fetch("/agents/echo/", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "message/send", params }),
  });
  return ((await response.json()) as { result: { id: string } }).result.id;
}

const INPUT = { count: 2_000, delayMs: 30 };
const SKILL = { [SKILL_CALL_METADATA]: { skill: "stream" } };

function sendTo(receiver: WebhookReceiver, hook: string): RequestInit {
  return {
    method: "POST",
    headers: { "content-type": "application/json", "a2a-version": "1.0" },
    body: JSON.stringify({
      message: { messageId: hook, role: "ROLE_USER", parts: [{ data: INPUT }], metadata: SKILL },
      configuration: { returnImmediately: true, taskPushNotificationConfig: { url: `${receiver.url}${hook}` } },
    }),
  };
}

/** What came to one webhook, in the order of arrival. */
function got(receiver: WebhookReceiver, hook: string): readonly Got[] {
  return receiver.updates
    .filter(({ path }) => path === hook)
    .map(({ headers, text }) => {
      // Our own platform's bodies: a StreamResponse, or a 0.3 task.
      const body = JSON.parse(text) as { status?: { state: string }; statusUpdate?: { status: { state: string } } };
      return { seq: Number(headers["berth-sequence"]), state: (body.statusUpdate ?? body).status?.state };
    });
}
