import { describe, expect, test } from "vitest";
import { createFakeIo } from "../testing/fake-io.ts";
import { startFakePlatform } from "../testing/fake-platform.ts";
import type { FakeAnswer, FakeEvent, FakeRequest, FakeRoutes } from "../testing/fake-platform.ts";
import { runAgainst } from "../testing/run.ts";
import { runCli } from "../run-cli.ts";

const place = { taskId: "task_1", contextId: "ctx_1" };

function frame(result: unknown): FakeEvent {
  return { data: { jsonrpc: "2.0", id: "1", result } };
}

function started(): FakeEvent {
  return frame({ task: { id: "task_1", contextId: "ctx_1", status: { state: "TASK_STATE_SUBMITTED" } } });
}

function status(state: string, text?: string): FakeEvent {
  const message = { messageId: "m", role: "ROLE_AGENT", parts: [{ text }] };
  return frame({
    statusUpdate: { ...place, status: { state: `TASK_STATE_${state}`, ...(text === undefined ? {} : { message }) } },
  });
}

function artifact(artifactId: string, part: unknown, append?: boolean): FakeEvent {
  return frame({
    artifactUpdate: {
      ...place,
      artifact: { artifactId, name: artifactId, parts: [part] },
      ...(append === undefined ? {} : { append }),
    },
  });
}

const receipt = {
  "GET /agents/echo/runs/task_1/receipt": { json: { receiptId: "rcpt_1", taskId: "task_1" } },
} as const;

/** Turns in order: one for each message sent. */
function turns(...all: readonly (readonly FakeEvent[])[]): FakeRoutes {
  const left = [...all];
  return { ...receipt, "POST /agents/echo/": () => ({ events: left.shift() ?? [] }) };
}

function sent(
  requests: readonly FakeRequest[],
): readonly { readonly method: string; readonly params: { readonly message: Record<string, unknown> } }[] {
  return requests.filter(({ method }) => method === "POST").map(({ body }) => JSON.parse(body));
}

const done = [
  started(),
  status("WORKING", "thinking"),
  artifact("report.md", { text: "12345" }),
  artifact("output", { data: { text: "hi" } }),
  status("COMPLETED"),
];

describe("a call of a skill", () => {
  test("gives task, state, output, artifacts and receipt as JSON, progress on stderr", async () => {
    const { code, io, requests } = await runAgainst(turns(done), [
      "call",
      "echo",
      "echo",
      "--input",
      '{"text":"hi"}',
      "--json",
    ]);
    expect(code).toBe(0);
    expect(io.document()).toEqual({
      taskId: "task_1",
      state: "TASK_STATE_COMPLETED",
      output: { text: "hi" },
      artifacts: [
        { artifactId: "report.md", name: "report.md", parts: [{ text: "12345" }] },
        { artifactId: "output", name: "output", parts: [{ data: { text: "hi" } }] },
      ],
      receiptId: "rcpt_1",
    });
    expect(io.err()).toMatch(
      /^thinking\nartifact report\.md \(5 characters\)\ncompleted after \d+ ms: task task_1, receipt rcpt_1\n$/,
    );
    expect(sent(requests)[0]).toMatchObject({
      method: "SendStreamingMessage",
      params: {
        message: {
          parts: [{ data: { text: "hi" } }],
          metadata: { "https://berth.dev/extensions/skill-call/v1": { skill: "echo", input: { text: "hi" } } },
        },
      },
    });
  });

  test("shows people the output alone on stdout", async () => {
    expect((await runAgainst(turns(done), ["call", "echo", "echo"])).io.out()).toBe('{\n  "text": "hi"\n}\n');
  });

  test("reads its input from stdin", async () => {
    const { requests } = await runAgainst(turns(done), ["call", "echo", "echo", "--input", "-"], { input: '{"a":1}' });
    expect(sent(requests)[0]?.params.message.parts).toMatchObject([{ data: { a: 1 } }]);
  });

  test.each([
    [["call", "echo", "echo", "--input", "{"], "--input is not JSON"],
    [["call", "echo", "echo", "--input", "@nope.json"], "There is no file nope.json"],
    [["call", "echo", "echo", "--message", "x"], "a SKILL or a --message, not both"],
    [["call", "echo", "--input", "{}"], "--input goes with a SKILL"],
    [["call", "echo"], "There is nothing to send"],
    [["call", "echo", "--answer", "x"], "There is nothing to send"],
    [["call", "echo", "echo", "--timeout", "soon"], "--timeout must be a whole number"],
  ])("%j is wrong usage and sends nothing", async (argv, message) => {
    const { code, io, requests } = await runAgainst({}, argv);
    expect([code, requests.length]).toEqual([2, 0]);
    expect(io.err()).toContain(message);
  });

  test("that fails is 1, says why and where to look, and prints nothing else on stdout", async () => {
    const failed = [started(), status("FAILED", "\u001b[2Jthe file is empty")];
    const { code, io } = await runAgainst(turns(failed), ["call", "echo", "echo"]);
    expect([code, io.out()]).toEqual([1, ""]);
    expect(io.err()).toMatch(/the file is empty\nfailed after .*\n.*a2a tasks events task_1/);
    const json = await runAgainst(turns(failed), ["call", "echo", "echo", "--json"]);
    expect(json.io.document()).toMatchObject({
      taskId: "task_1",
      state: "TASK_STATE_FAILED",
      output: null,
      receiptId: "rcpt_1",
      error: { reason: "TASK_STATE_FAILED" },
    });
  });

  test("waits a little for a receipt that is being sealed", async () => {
    let asked = 0;
    const sealing = (): FakeAnswer =>
      ++asked < 3 ? { status: 202, json: { reason: "RECEIPT_PENDING" } } : { json: { receiptId: "rcpt_2" } };
    const routes = { ...turns(done), "GET /agents/echo/runs/task_1/receipt": sealing };
    expect((await runAgainst(routes, ["call", "echo", "echo", "--json"])).io.document()).toMatchObject({
      receiptId: "rcpt_2",
    });
  });

  test("is not lost over a receipt that one may not see", async () => {
    const { ["GET /agents/echo/runs/task_1/receipt"]: _, ...routes } = turns(done);
    const { code, io } = await runAgainst(routes, ["call", "echo", "echo", "--json"]);
    expect([code, io.document()]).toMatchObject([0, { receiptId: null }]);
  });
});

test("a message may be answered with a message", async () => {
  const reply = frame({
    message: {
      messageId: "m",
      role: "ROLE_AGENT",
      taskId: "task_1",
      contextId: "ctx_1",
      parts: [{ text: "hello\u0007" }],
    },
  });
  const { code, io } = await runAgainst(turns([reply]), ["call", "echo", "--message", "hi"]);
  expect([code, io.out()]).toEqual([0, "hello\n"]);
  expect(io.err()).toContain("receipt rcpt_1");
});

describe("a question of the agent", () => {
  const asking = [started(), status("INPUT_REQUIRED", "Which column?")];

  test("is answered by --answer, in the same task", async () => {
    const routes = turns(asking, [status("WORKING"), status("INPUT_REQUIRED", "Sure?")], done.slice(1));
    const { code, requests } = await runAgainst(routes, [
      "call",
      "echo",
      "echo",
      "--answer",
      "amount",
      "--answer",
      "yes",
    ]);
    expect(code).toBe(0);
    expect(
      sent(requests)
        .slice(1)
        .map(({ params }) => params.message),
    ).toMatchObject([
      { ...place, parts: [{ text: "amount" }] },
      { ...place, parts: [{ text: "yes" }] },
    ]);
  });

  test("is asked on the terminal", async () => {
    const { code, io, requests } = await runAgainst(turns(asking, done.slice(1)), ["call", "echo", "echo"], {
      tty: true,
      input: "amount\n",
    });
    expect(code).toBe(0);
    expect(io.err()).toContain("Which column?\n> ");
    expect(sent(requests)[1]?.params.message).toMatchObject({ parts: [{ text: "amount" }] });
  });

  test("that nobody answers leaves the task waiting, and says how to go on", async () => {
    const { code, io } = await runAgainst(turns(asking), ["call", "echo", "echo", "--json"]);
    expect(code).toBe(1);
    expect(io.document()).toMatchObject({
      taskId: "task_1",
      state: "TASK_STATE_INPUT_REQUIRED",
      receiptId: null,
      error: { message: "Which column?", hint: "Continue it: a2a call echo --task task_1 --message TEXT" },
    });
  });

  test("can be answered by a later call", async () => {
    const { code, requests } = await runAgainst(turns(done.slice(1)), [
      "call",
      "echo",
      "--task",
      "task_1",
      "--answer",
      "amount",
    ]);
    expect(code).toBe(0);
    expect(sent(requests)[0]?.params.message).toMatchObject({ taskId: "task_1", parts: [{ text: "amount" }] });
  });
});

describe("a call that takes too long", () => {
  test("is 5 after --timeout, and the task is named", async () => {
    const hold = Promise.withResolvers<readonly FakeEvent[]>();
    const routes = { "POST /agents/echo/": { events: [started()], hold: hold.promise } };
    const { code, io } = await runAgainst(routes, ["call", "echo", "echo", "--timeout", "1", "--json"]);
    hold.resolve([]);
    expect([code, io.document()]).toMatchObject([
      5,
      { error: { reason: "TIMED_OUT", hint: expect.stringContaining("task_1") } },
    ]);
  });

  test("is canceled by Ctrl-C, and its end is awaited", async () => {
    const hold = Promise.withResolvers<readonly FakeEvent[]>();
    const running: FakeAnswer = { events: [started(), status("WORKING", "at work")], hold: hold.promise };
    const canceled = { id: "task_1", contextId: "ctx_1", status: { state: "TASK_STATE_CANCELED" } };
    const route = ({ body }: FakeRequest): FakeAnswer => {
      if (JSON.parse(body).method !== "CancelTask") return running;
      hold.resolve([status("CANCELED")]);
      return { json: { jsonrpc: "2.0", id: "1", result: canceled } };
    };
    await using platform = await startFakePlatform({ ...receipt, "POST /agents/echo/": route });
    const io = createFakeIo({ env: { BERTH_URL: platform.url } });
    const code = runCli(["call", "echo", "echo", "--json"], io);
    await expect.poll(() => io.err()).toContain("at work");
    io.interrupt();
    expect(await code).toBe(1);
    expect(io.document()).toMatchObject({ state: "TASK_STATE_CANCELED", receiptId: "rcpt_1" });
  });

  test("is left by a second Ctrl-C", async () => {
    const hold = Promise.withResolvers<readonly FakeEvent[]>();
    await using platform = await startFakePlatform({
      "POST /agents/echo/": () => ({ events: [started(), status("WORKING", "at work")], hold: hold.promise }),
    });
    const io = createFakeIo({ env: { BERTH_URL: platform.url } });
    const code = runCli(["call", "echo", "echo", "--json"], io);
    await expect.poll(() => io.err()).toContain("at work");
    io.interrupt();
    io.interrupt();
    expect(await code).toBe(1);
    expect(io.document()).toMatchObject({ error: { reason: "CANCELED" } });
    hold.resolve([]);
  });
});

describe("a chat", () => {
  const card = {
    "GET /agents/echo/.well-known/agent-card.json": { json: { name: "Echo", description: "Echoes." } },
  } as const;
  const answer = [
    started(),
    artifact("text", { text: "hel" }),
    artifact("text", { text: "lo\u001b[2J" }, true),
    status("COMPLETED"),
  ];

  test("streams text, keeps the context and leaves by /quit", async () => {
    const { code, io, requests } = await runAgainst({ ...card, ...turns(answer, answer) }, ["chat", "echo"], {
      input: "hi\n\nagain\n/quit\nnever\n",
    });
    expect([code, io.out()]).toEqual([0, "hello\nhello\n"]);
    const messages = sent(requests).map(({ params }) => params.message);
    expect(messages).toMatchObject([{ parts: [{ text: "hi" }] }, { parts: [{ text: "again" }], contextId: "ctx_1" }]);
    expect(messages[1]).not.toHaveProperty("taskId");
  });

  test("answers a question in its task, and survives a turn that fails", async () => {
    const broken: FakeEvent = { data: { jsonrpc: "2.0", id: "1", error: { code: -32603, message: "It broke." } } };
    const routes = { ...card, ...turns([started(), status("INPUT_REQUIRED", "Which?")], [broken], answer) };
    const { code, io, requests } = await runAgainst(routes, ["chat", "echo", "--json"], { input: "a\nb\nc\n" });
    expect(code).toBe(0);
    expect(sent(requests)[1]?.params.message).toMatchObject({ taskId: "task_1" });
    expect(io.err()).toContain("It broke.");
    expect(io.document()).toEqual({
      contextId: "ctx_1",
      turns: [
        { taskId: "task_1", state: "TASK_STATE_INPUT_REQUIRED", text: "Which?" },
        { taskId: "task_1", state: "TASK_STATE_COMPLETED", text: "hello" },
      ],
    });
  });
});
