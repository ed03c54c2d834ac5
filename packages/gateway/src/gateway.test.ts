import { connect } from "node:net";
import { TaskState } from "@berth/protocol";
import { waitFor } from "@berth/testing";
import type { TurnScript } from "@berth/testing";
import { describe, expect, test } from "vitest";
import { openHouse, textMessage } from "./gateway.fixture.ts";

const endless: TurnScript = async function* (_turn, agent, signal) {
  yield agent.task();
  yield agent.status(TaskState.Working);
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
};

describe("streams", () => {
  test("carry the headers that keep proxies from holding them back, and stay alive in silence", async () => {
    await using house = await openHouse({ script: endless, gateway: { limits: { heartbeatMs: 20 } } });
    const { response } = await house.open("/agents/scripted/message:stream", { body: textMessage("x") });
    expect(response.headers).toMatchObject({
      "content-type": "text/event-stream",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
    });
    let text = "";
    response.on("data", (chunk: string) => (text += chunk));
    await waitFor("two heartbeats", () => text.split(": keep-alive\n\n").length > 2);
  });

  test("are limited in number, and a refused one has begun nothing", async () => {
    await using house = await openHouse({ script: endless, gateway: { limits: { maxStreams: 1 } } });
    const first = await house.open("/agents/scripted/message:stream", { body: textMessage("x") });
    await first.events.next();
    for (const path of ["message:stream", "invoke/echo?stream"]) {
      const refused = await house.call(`/agents/scripted/${path}`, { body: textMessage("y") });
      expect([refused.status, refused.headers["retry-after"]]).toEqual([429, "1"]);
    }
    expect(house.connector.turns).toHaveLength(1);
    first.close();
    await waitFor("room for another", async () => {
      const again = await house.open("/agents/scripted/message:stream", { body: textMessage("z") });
      const { statusCode } = again.response;
      again.close();
      return statusCode === 200;
    });
  });

  test("whose reader takes nothing are cut, and others are not", async () => {
    const flood: TurnScript = async function* (_turn, agent, signal) {
      yield agent.task();
      const text = "x".repeat(200_000);
      for (let i = 0; i < 100 && !signal.aborted; i++) yield agent.artifact(text, { append: i > 0 });
      yield agent.status(TaskState.Completed);
    };
    const limits = { streamStallMs: 1_500, maxStreams: 1 };
    await using house = await openHouse({ script: flood, gateway: { limits } });
    const body = JSON.stringify(textMessage("x"));
    const stuck = connect(house.port, "127.0.0.1");
    stuck.on("error", () => undefined).pause();
    stuck.write(
      `POST /agents/scripted/message:stream HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    const task = await waitFor("the task", async () => {
      const { json } = await house.call("/v1/tasks", { token: house.admin });
      return json.tasks[0]?.task;
    });
    const path = `/agents/scripted/sse/${task.id}?after=0`;
    // The one place is taken until the stuck reader has lost it.
    expect((await house.call(path)).status).toBe(429);
    const reading = await waitFor("a place", async () => {
      const answer = await house.open(path);
      if (answer.response.statusCode === 200) return answer;
      answer.close();
      return undefined;
    });
    const events = await Array.fromAsync(reading.events);
    expect(events.at(-1)?.data.statusUpdate.status.state).toBe(TaskState.Completed);
    stuck.destroy();
  });

  test("of log lines lose a reader that is too slow rather than the memory", async () => {
    await using house = await openHouse({ gateway: { limits: { maxStreamBufferBytes: 100_000 } } });
    const reader = connect(house.port, "127.0.0.1");
    let isCut = false;
    reader.on("close", () => (isCut = true)).on("error", () => undefined);
    reader.write(
      `GET /v1/agents/scripted/logs HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${house.admin}\r\nAccept: text/event-stream\r\n\r\n`,
    );
    await new Promise((resolve) => reader.once("readable", resolve));
    reader.pause();
    await waitFor("the cut", () => {
      for (let i = 0; i < 200; i++) house.printLine("y".repeat(10_000));
      reader.resume();
      return isCut;
    });
  });
});

describe("closing", () => {
  test("ends streams cleanly, answers who waits with the task as it is, and refuses what comes later", async () => {
    await using house = await openHouse({ script: endless });
    const stream = await house.open("/agents/scripted/message:stream", { body: textMessage("x") });
    const events = Array.fromAsync(stream.events);
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "SendMessage", params: textMessage("y") });
    const waiting = connect(house.port, "127.0.0.1");
    let answers = "";
    waiting.setEncoding("utf8").on("data", (text: string) => (answers += text));
    waiting.write(
      `POST /agents/scripted/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await waitFor("both turns", () => house.connector.turns.length === 2);
    const closing = house.gateway.close(300);
    waiting.write("GET /v1/version HTTP/1.1\r\nHost: localhost\r\n\r\n");
    expect((await events).length).toBeGreaterThan(0);
    expect(stream.response.complete).toBe(true);
    await closing;
    await waitFor("both answers", () => answers.includes("SHUTTING_DOWN"));
    expect(answers.indexOf(TaskState.Working)).toBeLessThan(answers.indexOf("503 Service Unavailable"));
    expect(answers).toContain(TaskState.Working);
    await house.gateway.close(300);
    await expect(house.call("/healthz")).rejects.toThrow();
  });

  test("of an idle gateway takes no time", async () => {
    await using house = await openHouse();
    await house.call("/healthz");
    const before = performance.now();
    await house.gateway.close(5_000);
    expect(performance.now() - before).toBeLessThan(1_000);
  });
});

describe("a bug", () => {
  test("is answered as INTERNAL with the request's id, in the form of the route, and logged once", async () => {
    const bug = async (): Promise<never> => await Promise.reject(new Error("secret detail"));
    await using house = await openHouse({
      override: ({ tasks, registry }) => ({
        tasks: { ...tasks, get: bug, accept: bug },
        registry: { ...registry, find: bug, findForCard: bug },
      }),
    });
    const problem = await house.call("/v1/agents/x", { token: house.admin });
    expect([problem.status, problem.json.reason]).toEqual([500, "INTERNAL"]);
    expect(problem.json.requestId).toBe(problem.headers["x-request-id"]);
    const status = await house.call("/agents/scripted/tasks/x");
    expect(status.json.error).toMatchObject({ code: 500, status: "INTERNAL" });
    const rpc = await house.rpc("SendMessage", textMessage("x"));
    expect(rpc.json.error.code).toBe(-32603);
    const mcp = await house.call("/agents/scripted/mcp", { body: { jsonrpc: "2.0", id: 1, method: "tools/list" } });
    expect(mcp.json.error.code).toBe(-32603);
    for (const answer of [problem, status, rpc, mcp]) {
      expect(answer.text).not.toContain("secret");
      const id = String(answer.headers["x-request-id"]);
      expect(answer.text).toContain(id);
      expect(house.log.filter((line) => line.includes(id) && line.includes("secret detail"))).toHaveLength(1);
    }
  });
});
