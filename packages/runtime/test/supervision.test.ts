import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { waitFor } from "@berth/testing";
import { createRuntime } from "../src/create-runtime.ts";
import { fakeSpec } from "../src/pool/fake-instances.ts";
import type { FaultReason, Runtime } from "../src/runtime.ts";
import type { ReleaseSpec } from "../src/sandbox-driver.ts";
import type { Turn } from "../src/agent-connector.ts";
import type { Timers } from "../src/pool/timers.ts";
import { createUnconfinedDriver } from "../src/unconfined/unconfined-driver.ts";

// Agents that go wrong, each in its own way, as real processes. What holds them is the same for every driver.

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

interface World {
  readonly runtime: Runtime;
  readonly spec: ReleaseSpec;
  readonly call: () => Promise<void>;
}

/** Ten seconds pass in one. */
const began = Date.now();
const hasty: Timers = {
  now: () => began + (Date.now() - began) * 10,
  after(ms, run) {
    const timer = setTimeout(run, ms / 10);
    return () => clearTimeout(timer);
  },
};

const CARD = `{ name: "x", description: "x", version: "1", capabilities: { streaming: true }, skills: [],
  defaultInputModes: ["text/plain"], defaultOutputModes: ["text/plain"],
  supportedInterfaces: [{ url: "http://localhost/rpc", protocolBinding: "JSONRPC", protocolVersion: "1.0" }] }`;

/** Answers its card; `onCall` has request and response of everything else. */
function server(onCall: string): string {
  return `console.log("hello from the agent");
const listener = (request, response) => {
  if (request.url.includes("agent-card")) return response.end(JSON.stringify(${CARD}));
  ${onCall}
};
require("node:http").createServer(listener).listen(process.env.BERTH_LISTEN);`;
}

const DONE = `response.writeHead(200, { "content-type": "text/event-stream" });
  response.end("data: " + JSON.stringify({ jsonrpc: "2.0", id: 1, result: {
    message: { messageId: "m", role: "ROLE_AGENT", parts: [{ text: "ok" }] } } }) + "\\n\\n");`;

function world(
  source: string,
  {
    limits = {},
    hangMs,
    timers,
  }: {
    readonly limits?: Partial<ReleaseSpec["limits"]>;
    readonly hangMs?: number;
    readonly timers?: Timers;
  } = {},
): World {
  const top = mkdtempSync("/tmp/berth-supervision-");
  writeFileSync(join(top, "agent.cjs"), source);
  let count = 0;
  const runtime = createRuntime({
    drivers: [createUnconfinedDriver({ home: top })],
    now: Date.now,
    newInstanceId: () => `ins_${++count}`,
    ...(timers === undefined ? {} : { timers }),
  });
  closers.push(async () => {
    await runtime.close(0);
    rmSync(top, { recursive: true, force: true });
  });
  const base = fakeSpec();
  const spec: ReleaseSpec = {
    ...base,
    folder: top,
    entry: "agent.cjs",
    trusted: true,
    limits: { ...base.limits, ...limits },
    ...(hangMs === undefined ? {} : { hangMs }),
  };
  const turn: Turn = {
    taskId: "task_1",
    contextId: "ctx_1",
    message: { messageId: "msg_1", role: "ROLE_USER", parts: [{ text: "x" }] },
    principal: { kind: "user", id: "usr_1", orgId: "org_default", scopes: ["invoke"] },
  };
  const call = async (): Promise<void> => {
    for await (const _event of runtime.connector.send(spec, turn, AbortSignal.timeout(60_000)));
  };
  return { runtime, spec, call };
}

async function faultOf(
  { runtime }: World,
  reason: FaultReason,
): Promise<{ readonly detail: string; readonly output: string }> {
  return await waitFor(reason, () => {
    const { fault } = runtime.health("agt_1");
    return fault?.reason === reason ? fault : undefined;
  });
}

test("a crash in a call is told with what the agent printed, and the wake with who called", async () => {
  const at = world(server(`console.error("I give up"); process.exit(7);`));
  await expect(at.call()).rejects.toMatchObject({ reason: "AGENT_CRASHED" });
  expect(await faultOf(at, "crashed")).toMatchObject({
    detail: "it ended with exit code 7",
    output: expect.stringContaining("I give up"),
  });
  expect(at.runtime.wakes("agt_1", 10)).toMatchObject([
    { reason: "call", by: "usr_1", taskId: "task_1", outcome: "ready" },
  ]);
});

test("five crashes in a row refuse the next call without a start, with the last reason", async () => {
  const at = world(server(`process.exit(7);`));
  for (let i = 0; i < 5; i++) await expect(at.call()).rejects.toMatchObject({ reason: "AGENT_CRASHED" });
  await expect(at.call()).rejects.toMatchObject({
    reason: "AGENT_CRASHED",
    message: expect.stringContaining("crashed 5 times in a row (exit code 7)"),
    internal: expect.stringContaining("hello from the agent"),
  });
  expect(at.runtime.health("agt_1")).toMatchObject({ state: "crashlooping", restarts: 5 });
  expect(at.runtime.wakes("agt_1", 10)).toHaveLength(5);
});

test("an agent that runs out of memory is told apart from one that crashes", async () => {
  const source = `require("node:v8").setFlagsFromString("--max-old-space-size=40");\n${server(
    `const all = []; for (;;) all.push(new Array(100_000).fill({}));`,
  )}`;
  const at = world(source);
  await expect(at.call()).rejects.toMatchObject({ reason: "AGENT_OUT_OF_MEMORY" });
  await faultOf(at, "out_of_memory");
});

test("an agent that hangs with a call open is stopped, its call ends as unresponsive, and the next gets a new one", async () => {
  const at = world(
    server(`if (!global.asked) { global.asked = true; response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(": begins\\n\\n"); setTimeout(() => { for (;;); }, 50); return; } ${DONE}`),
    { hangMs: 1_500 },
  );
  await expect(at.call()).rejects.toMatchObject({
    reason: "AGENT_UNRESPONSIVE",
    message: expect.stringContaining("did not answer its health probe"),
  });
  expect(await faultOf(at, "hung")).toMatchObject({ output: expect.stringContaining("hello from the agent") });
}, 60_000);

test("an agent whose memory grows towards its limit is replaced when its call is over", async () => {
  const grow = `global.calls = (global.calls ?? 0) + 1;
    if (global.calls === 2) global.kept = Buffer.alloc(220 * 2 ** 20, 1);`;
  const at = world(server(`${grow} ${DONE}`), { limits: { memoryMb: 300 }, timers: hasty });
  await at.call();
  await waitFor(
    "the leak to be seen",
    async () => {
      await at.call();
      return at.runtime.health("agt_1").fault?.reason === "leaked";
    },
    30_000,
  );
  await waitFor("its end", () => at.runtime.instances("agt_1").every(({ instanceId }) => instanceId !== "ins_1"));
  expect(at.runtime.health("agt_1").fault).toMatchObject({
    instanceId: "ins_1",
    detail: expect.stringMatching(/^it grew from \d+ to \d+ of 300 MiB$/),
  });
}, 60_000);

test.each([
  ["never opens its port", "setInterval(() => {}, 1000);", "port_never_opened", /never opened its port/],
  [
    "opens its port and does not answer",
    `require("node:net").createServer(() => {}).listen(process.env.BERTH_LISTEN);`,
    "slow_start",
    /it opened its port/,
  ],
] as const)("an agent that %s is cut off with that reason", async (_name, source, reason, says) => {
  const at = world(source, { limits: { startTimeoutMs: 1_500 } });
  await expect(at.call()).rejects.toMatchObject({ reason: "AGENT_START_TIMEOUT" });
  expect((await faultOf(at, reason)).detail).toMatch(says);
  expect(at.runtime.health("agt_1")).toMatchObject({ state: "failing", restarts: 1 });
});

test("an agent that ends before it listens is told with its output", async () => {
  const at = world(`console.error("no database"); process.exit(3);`);
  await expect(at.call()).rejects.toMatchObject({ reason: "AGENT_START_FAILED" });
  expect(await faultOf(at, "start_failed")).toMatchObject({ output: expect.stringContaining("no database") });
});

test("an invalid card is told, although the instance lives", async () => {
  const at = world(
    `require("node:http").createServer((_, response) => response.end('{"name":1}')).listen(process.env.BERTH_LISTEN);`,
  );
  await expect(at.call()).rejects.toMatchObject({ reason: "CARD_INVALID" });
  await faultOf(at, "card_invalid");
  expect(at.runtime.health("agt_1")).toMatchObject({ state: "ready", restarts: 0 });
});
