import { connect } from "node:http2";
import type { IncomingHttpHeaders } from "node:http2";
import { decodeErrorInfo, decodeStatus } from "@a2a-js/sdk/errors/grpc";
import { A2AService } from "@a2a-js/sdk/server/grpc";
import { status as Code } from "@grpc/grpc-js";
import type { ClientReadableStream, ServiceError } from "@grpc/grpc-js";
import { TaskState } from "@berth/protocol";
import { echoScript, waitFor } from "@berth/testing";
import type { TurnScript } from "@berth/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openHouse, textMessage } from "../gateway.fixture.ts";
import type { House } from "../gateway.fixture.ts";
import { GrpcClient, bytesOf } from "./grpc.fixture.ts";
import * as a2a from "./proto/a2a-v1.ts";

const V1 = "/lf.a2a.v1.A2AService";
const V03 = "/a2a.v1.A2AService";
const echo = { metadata: { "berth-agent": "scripted" } };

let house: House;
let client: GrpcClient;
beforeAll(async () => {
  house = await openHouse({ gateway: { limits: { maxBodyBytes: 64 * 1024 } } });
  client = await GrpcClient.open(house);
});
beforeEach(() => {
  house.connector.script = echoScript;
});
afterAll(async () => {
  client[Symbol.dispose]();
  await house[Symbol.asyncDispose]();
});

const hanging: TurnScript = async function* (_turn, agent, signal) {
  yield agent.task(TaskState.Working);
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
};

const send = (text: string, change: object = {}): Uint8Array =>
  bytesOf(a2a.SEND_MESSAGE_REQUEST, { ...textMessage(text), ...change });
const get = (request: object): Uint8Array => bytesOf(a2a.GET_TASK_REQUEST, request);
const reasonOf = ({ metadata }: ServiceError): string => {
  const [details] = metadata.get("grpc-status-details-bin");
  const [info] = decodeStatus(Buffer.from(details ?? "")).details;
  return decodeErrorInfo(info?.value ?? Buffer.alloc(0)).reason;
};

describe("the agent", () => {
  const about = get({ id: "task_unknown" });

  test("is named by tenant, authority or metadata", async () => {
    for (const [request, options] of [
      [get({ id: "task_unknown", tenant: "scripted" }), {}],
      [about, { host: "scripted.localhost:4101" }],
      [about, echo],
      [get({ id: "task_unknown", tenant: "scripted" }), { ...echo, host: "scripted.localhost" }],
    ] as const) {
      expect(reasonOf(await client.refused(`${V1}/GetTask`, request, options))).toBe("TASK_NOT_FOUND");
    }
  });

  test("must be named, and by all of them alike", async () => {
    expect((await client.refused(`${V1}/GetTask`, about)).details).toContain("tenant: must name the agent");
    const torn = await client.refused(`${V1}/GetTask`, get({ id: "x", tenant: "hidden" }), echo);
    expect(torn.details).toContain("name different agents");
    const odd = await client.refused(`${V1}/GetTask`, get({ id: "x", tenant: "../x" }));
    expect(reasonOf(odd)).toBe("AGENT_NOT_FOUND");
    const foreign = await client.refused(`${V1}/GetTask`, about, { host: "evil.example.com" });
    expect([foreign.code, reasonOf(foreign)]).toEqual([Code.PERMISSION_DENIED, "HOST_NOT_ALLOWED"]);
  });
});

describe("who calls", () => {
  test("a private agent and one that does not exist look the same to a stranger", async () => {
    const [hidden, nobody] = await Promise.all(
      ["hidden", "nobody"].map(async (tenant) => await client.refused(`${V1}/SendMessage`, send("x", { tenant }))),
    );
    expect(hidden?.code).toBe(Code.UNAUTHENTICATED);
    expect(hidden?.details.replace("hidden", "NAME")).toBe(nobody?.details.replace("nobody", "NAME"));
  });

  test("a wrong credential is refused even where none is needed", async () => {
    for (const metadata of [
      { authorization: "Bearer wrong" },
      { "x-api-key": "wrong" },
      { authorization: "Basic a" },
    ]) {
      const { code } = await client.refused(`${V1}/SendMessage`, send("x", { tenant: "scripted" }), { metadata });
      expect(code, JSON.stringify(metadata)).toBe(Code.UNAUTHENTICATED);
    }
  });

  test("a key opens what it may, in either metadata", async () => {
    const key = await house.key("invoke");
    for (const options of [{ token: key }, { metadata: { "x-api-key": key } }]) {
      await client.unary(`${V1}/SendMessage`, send("x", { tenant: "hidden" }), options);
    }
    const reader = { token: await house.key("read") };
    const { code } = await client.refused(`${V1}/SendMessage`, send("x", { tenant: "hidden" }), reader);
    expect(code).toBe(Code.PERMISSION_DENIED);
  });

  test("a key that is there more than once is none", async () => {
    const metadata = { "berth-agent": "scripted", "x-api-key": [house.admin, house.admin] };
    expect(reasonOf(await client.refused(`${V1}/GetTask`, get({ id: "x" }), { metadata }))).toBe("UNAUTHENTICATED");
  });
});

describe("a request", () => {
  test("that does not fit is INVALID_ARGUMENT with its fields", async () => {
    const invalid = await client.refused(`${V1}/SendMessage`, bytesOf(a2a.SEND_MESSAGE_REQUEST, { message: {} }), echo);
    expect(invalid.code).toBe(Code.INVALID_ARGUMENT);
    const [bytes] = invalid.metadata.get("grpc-status-details-bin");
    const { code, message, details } = decodeStatus(Buffer.from(bytes ?? ""));
    expect([code, message]).toEqual([invalid.code, invalid.details]);
    expect(details.map(({ typeUrl }) => typeUrl)).toEqual([
      "type.googleapis.com/google.rpc.ErrorInfo",
      "type.googleapis.com/google.rpc.BadRequest",
    ]);
    expect(details[1]?.value.toString()).toContain("message.messageId");
  });

  test("with a thousand mistakes still has an answer that fits", async () => {
    const parts = Array.from({ length: 900 }, () => ({}));
    const invalid = await client.refused(`${V1}/SendMessage`, send("x", textMessage("x", { parts })), echo);
    expect(invalid.code).toBe(Code.INVALID_ARGUMENT);
    expect(reasonOf(invalid)).toBe("INVALID_PARAMS");
  });

  test("of bytes that are no message, or of too many, is refused", async () => {
    const garbage = await client.refused(`${V1}/GetTask`, Uint8Array.from([0x0b, 0xff]), echo);
    expect([garbage.code, reasonOf(garbage)]).toEqual([Code.INVALID_ARGUMENT, "PARSE_ERROR"]);
    const big = await client.refused(`${V1}/SendMessage`, send("x".repeat(70_000)), echo);
    expect(big.code).toBe(Code.RESOURCE_EXHAUSTED);
  });

  test("says its version or none, and each service speaks one", async () => {
    const version = (said: string) => ({ metadata: { ...echo.metadata, "a2a-version": said } });
    for (const said of ["1.0", "1.0.7"]) {
      const { code } = await client.refused(`${V1}/GetTask`, get({ id: "x" }), version(said));
      expect(code).toBe(Code.NOT_FOUND);
    }
    for (const said of ["0.3", "99.0"]) {
      const refused = await client.refused(`${V1}/GetTask`, get({ id: "x" }), version(said));
      expect([refused.code, reasonOf(refused)]).toEqual([Code.FAILED_PRECONDITION, "VERSION_NOT_SUPPORTED"]);
    }
    const { code } = await client.refused(`${V03}/GetTask`, get({ tenant: "tasks/x" }), version("1.0"));
    expect(code).toBe(Code.FAILED_PRECONDITION);
  });

  test("of 0.3 names its task", async () => {
    expect((await client.refused(`${V03}/GetTask`, get({ tenant: "tasks/x" }), echo)).code).toBe(Code.NOT_FOUND);
    expect((await client.refused(`${V03}/GetTask`, get({ tenant: "x" }), echo)).details).toContain("tasks/{id}");
  });

  test("repeated with its key is the same task, and its extensions are announced", async () => {
    const metadata = { ...echo.metadata, "idempotency-key": "g-1" };
    const request = send("hello");
    const answers = [
      await client.unary(`${V1}/SendMessage`, request, { metadata }),
      await client.unary(`${V1}/SendMessage`, request, { metadata }),
    ].map((bytes) => A2AService.sendMessage.responseDeserialize(bytes).payload?.value);
    expect(answers[0]).toMatchObject({ id: expect.any(String), artifacts: [{}] });
    expect(answers[1]).toEqual(answers[0]);
    const uri = "https://berth.dev/extensions/idempotent-send/v1";
    const call = client.stream(`${V1}/SendStreamingMessage`, send("x"), {
      metadata: { ...echo.metadata, "a2a-extensions": `${uri}, urn:unknown` },
    });
    const header = new Promise<unknown>((resolve) =>
      call.once("metadata", (all) => resolve(all.get("a2a-extensions"))),
    );
    await Array.fromAsync(call);
    expect(await header).toEqual([uri]);
  });
});

describe("time", () => {
  test("a deadline ends the waiting, and the task runs on", async () => {
    house.connector.script = hanging;
    const contextId = "deadline";
    const request = bytesOf(a2a.SEND_MESSAGE_REQUEST, textMessage("x", { contextId }));
    const late = await client.refused(`${V1}/SendMessage`, request, { ...echo, deadline: Date.now() + 300 });
    expect(late.code).toBe(Code.DEADLINE_EXCEEDED);
    const list = await client.unary(`${V1}/ListTasks`, bytesOf(a2a.LIST_TASKS_REQUEST, { contextId }), echo);
    expect(A2AService.listTasks.responseDeserialize(list).tasks).toMatchObject([{ status: { state: 2 } }]);
  });

  test("a stream that is canceled makes room for another", async () => {
    await using other = await openHouse({ script: hanging, gateway: { limits: { maxStreams: 1 } } });
    using calls = await GrpcClient.open(other);
    const first = await opened(calls);
    await expect(opened(calls)).rejects.toMatchObject({ code: Code.RESOURCE_EXHAUSTED });
    first.cancel();
    const second = await waitFor("room for a stream", async () => await opened(calls).catch(() => undefined));
    second.cancel();
  });

  test("a reader that takes nothing is given up", async () => {
    const flooding: TurnScript = async function* (_turn, agent) {
      yield agent.task();
      // More than HTTP/2's windows and the buffers on both sides hold.
      for (let i = 0; i < 40; i++) yield agent.artifact("x".repeat(50_000), { append: i > 0 });
      yield agent.status(TaskState.Completed);
    };
    const limits = { streamStallMs: 200, maxStreams: 1 };
    await using other = await openHouse({ script: flooding, gateway: { limits } });
    const { port } = await other.gateway.listenGrpc(0, "127.0.0.1");
    using calls = new GrpcClient(port);
    // By hand: grpc-js reads ahead.
    const session = connect(`http://127.0.0.1:${port}`);
    const idle = session.request({
      ":method": "POST",
      ":path": `${V1}/SendStreamingMessage`,
      "content-type": "application/grpc",
      te: "trailers",
      ...echo.metadata,
    });
    const message = send("x");
    idle.end(Buffer.concat([Buffer.from([0, 0, 0, 0, message.length]), message]));
    await new Promise<void>((resolve) => idle.once("response", () => resolve()));
    // Headers come before the turn begins; the script is the turn's from then on.
    await waitFor("the flooding turn", () => other.connector.turns.length === 1);
    other.connector.script = echoScript;
    // The only place for a stream is free again once this one is given up.
    const next = await waitFor("room for a stream", async () => await opened(calls).catch(() => undefined));
    next.cancel();
    const trailers = new Promise<IncomingHttpHeaders>((resolve) => idle.once("trailers", resolve));
    idle.resume();
    expect(await trailers).toMatchObject({ "grpc-status": String(Code.DEADLINE_EXCEEDED) });
    session.destroy();
  });
});

/** A stream whose first message is there. */
async function opened(calls: GrpcClient): Promise<ClientReadableStream<Buffer>> {
  const call = calls.stream(`${V1}/SendStreamingMessage`, send("x"), echo);
  await new Promise<void>((resolve, reject) => call.once("data", () => resolve()).on("error", reject));
  return call;
}

test("a server that stops ends its streams with UNAVAILABLE, answers who waits, and takes no more", async () => {
  await using other = await openHouse({ script: hanging });
  using calls = await GrpcClient.open(other);
  const stream = calls.stream(`${V1}/SendStreamingMessage`, send("x"), echo);
  await new Promise<void>((resolve) => stream.once("data", () => resolve()));
  const ended = new Promise<ServiceError>((resolve) => stream.once("error", resolve));
  const waiting = calls.unary(`${V1}/SendMessage`, send("x"), echo);
  await waitFor("the second turn", () => other.connector.turns.length === 2);
  const closed = other.gateway.close(200);
  expect((await ended).code).toBe(Code.UNAVAILABLE);
  expect(A2AService.sendMessage.responseDeserialize(await waiting).payload?.value).toMatchObject({
    status: { state: 2 },
  });
  await closed;
  expect((await calls.refused(`${V1}/SendMessage`, send("x"), echo)).code).toBe(Code.UNAVAILABLE);
});
