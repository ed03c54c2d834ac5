import { PRINCIPAL_METADATA, PlatformError, RUN_METADATA } from "@berth/protocol";
import { expect, test } from "vitest";
import type { Turn, TurnEvent } from "../src/agent-connector.ts";
import { CARD, status, task } from "./connector-scripted-agent.ts";
import { world } from "./remote-world.ts";
import type { World } from "./remote-world.ts";

const turn: Turn = {
  taskId: "task_ours",
  contextId: "ctx_ours",
  message: { messageId: "msg_1", role: "ROLE_USER", parts: [{ text: "hi" }] },
  principal: { kind: "user", id: "usr_1", orgId: "org_default", scopes: ["invoke"] },
};
const [WORKING, DONE] = ["TASK_STATE_WORKING", "TASK_STATE_COMPLETED"];
const rpc = (result: object): object => ({ jsonrpc: "2.0", id: "1", result });

async function statesOf({ runtime, spec }: World): Promise<readonly string[]> {
  const states: string[] = [];
  const events: AsyncIterable<TurnEvent> = runtime.connector.send(spec, turn, new AbortController().signal);
  for await (const event of events) {
    if (event.kind !== "frame") continue;
    if ("task" in event.frame) states.push(`task ${event.frame.task.status.state}`);
    else if ("statusUpdate" in event.frame) states.push(event.frame.statusUpdate.status.state);
  }
  return states;
}

/** Hands out `Bearer 1`, `Bearer 2` …: a new one when asked to. */
function tokens(): {
  readonly asked: boolean[];
  readonly fresh: (how: { renew: boolean }) => Promise<{ authorization: string }>;
} {
  const asked: boolean[] = [];
  let number = 1;
  return {
    asked,
    fresh: async ({ renew }) => {
      asked.push(renew);
      if (renew) number += 1;
      return { authorization: `Bearer ${number}` };
    },
  };
}

test("a release on a target is told who calls, and nothing that opens the platform", async () => {
  const made = await world(
    (call) => {
      call.frame(task(WORKING));
      call.frame(status(DONE));
      call.end();
    },
    { placed: "run" },
  );
  expect(await statesOf(made)).toEqual([`task ${WORKING}`, DONE]);
  const metadata: unknown = made.calls[0]?.body.params.message.metadata;
  expect(metadata).toMatchObject({ [PRINCIPAL_METADATA]: { id: "usr_1" } });
  expect(metadata).not.toHaveProperty([RUN_METADATA]);
});

test("every request has a token of its own, and one that is refused is asked for once more", async () => {
  const { asked, fresh } = tokens();
  const made = await world(
    (call) => {
      if (call.headers.authorization === "Bearer 1") call.json({ error: "expired" }, 401);
      else if (call.body.method === "SendStreamingMessage") {
        call.frame(task(WORKING));
        call.response.write("data: {", () => call.response.destroy());
      } else call.json(rpc(task(DONE).task));
    },
    { placed: "run", headers: {}, freshHeaders: fresh },
  );
  expect((await statesOf(made)).at(-1)).toBe(`task ${DONE}`);
  expect(made.calls.map(({ headers }) => headers.authorization)).toEqual(["Bearer 1", "Bearer 2", "Bearer 2"]);
  expect(asked).toEqual([false, true, false]);
});

test("a token that is refused twice is the agent's answer", async () => {
  const { fresh } = tokens();
  const made = await world((call) => call.json({ error: { message: "who are you?" } }, 401), {
    placed: "run",
    headers: {},
    freshHeaders: fresh,
  });
  await expect(statesOf(made)).rejects.toMatchObject({ reason: "AGENT_ERROR", metadata: { agentStatus: "401" } });
  expect(made.calls).toHaveLength(2);
});

test("without a token nothing is sent, and the reason is told", async () => {
  const made = await world((call) => call.end(), {
    placed: "run",
    freshHeaders: async () => await Promise.reject(new PlatformError("TARGET_FAILED", "no identity")),
  });
  await expect(statesOf(made)).rejects.toMatchObject({ reason: "TARGET_FAILED" });
  expect(made.calls).toHaveLength(0);
});

test("the card is waited for while the agent comes up", async () => {
  const answers = [503, 403];
  const made = await world(
    (call) => {
      const refusal = answers.shift();
      if (refusal === undefined) call.json(CARD);
      else call.json({}, refusal);
    },
    { placed: "run" },
  );
  const { runtime } = made;
  const spec = {
    ...made.spec,
    remote: { ...withRemote(made), cardUrl: new URL("/below/card.json", withRemote(made).cardUrl).href },
  };
  expect((await runtime.connector.readCard(spec)).card.name).toBe("echo");
  expect(made.calls.map(({ path }) => path)).toEqual(Array.from({ length: 3 }, () => "/below/card.json"));
});

test("an agent that never comes up says why, when its time is over", async () => {
  const made = await world((call) => call.json({}, 403), { placed: "run" });
  const spec = {
    ...made.spec,
    limits: { ...made.spec.limits, startTimeoutMs: 300 },
    remote: { ...withRemote(made), cardUrl: new URL("/below/card.json", withRemote(made).cardUrl).href },
  };
  await expect(made.runtime.connector.readCard(spec)).rejects.toMatchObject({
    reason: "AGENT_UNRESPONSIVE",
    message: expect.stringMatching(/on the target "run" did not give its card: HTTP 403, so the platform's identity/),
  });
});

test("an address that this platform does not call is said so at once, with what to do", async () => {
  const made = await world((call) => call.end(), { placed: "run" });
  const spec = { ...made.spec, remote: { ...withRemote(made), url: "http://10.0.0.9/", cardUrl: "http://10.0.0.9/x" } };
  await expect(made.runtime.connector.readCard(spec)).rejects.toMatchObject({
    reason: "AGENT_UNRESPONSIVE",
    hint: expect.stringContaining("BERTH_OUTBOUND_ALLOW"),
  });
});

test("an engine answers line by line; an empty stream is somebody else's and is tried again", async () => {
  let streams = 0;
  const made = await engine((call, method) => {
    if (method !== "streamQuery") return call.json({ output: rpc(task(DONE).task) });
    streams += 1;
    call.response.writeHead(200, { "content-type": "application/json" });
    const lines = streams < 3 ? [] : [rpc(task(WORKING)), rpc(status(DONE))];
    return void call.response.end(lines.map((line) => `${JSON.stringify(line)}\n`).join("\n"));
  });
  expect(await statesOf(made)).toEqual([`task ${WORKING}`, DONE]);
  expect(streams).toBe(3);
});

test("an engine's stream that breaks is taken up again", async () => {
  const made = await engine((call, method) => {
    if (method === "query") return call.json({ output: rpc(task(DONE).task) });
    call.response.writeHead(200);
    return void call.response.write(`${JSON.stringify(rpc(task(WORKING)))}\n`, () => call.response.destroy());
  });
  expect(await statesOf(made)).toEqual([`task ${WORKING}`, `task ${DONE}`]);
});

test("an engine that gives nothing but empty streams is not up", async () => {
  const made = await engine((call) => call.response.writeHead(200).end());
  await expect(statesOf(made)).rejects.toMatchObject({
    reason: "AGENT_UNRESPONSIVE",
    message: expect.stringContaining("empty streams"),
  });
});

test("an engine's card is asked for", async () => {
  const made = await engine((call) => call.json({ output: rpc(CARD) }));
  expect((await made.runtime.connector.readCard(made.spec)).card.name).toBe("echo");
  expect(made.calls[0]?.body.input.method).toBe("GetExtendedAgentCard");
});

async function engine(answer: (call: World["calls"][number], method: string) => void): Promise<World> {
  const made = await world((call) => answer(call, call.path.split(":").at(-1) ?? ""), {
    placed: "engine",
    dialect: "reasoning-engine",
  });
  const url = new URL("/v1/projects/p/locations/l/reasoningEngines/7", withRemote(made).url).href;
  return { ...made, spec: { ...made.spec, remote: { ...withRemote(made), url } } };
}

function withRemote({ spec: { remote } }: World): NonNullable<World["spec"]["remote"]> {
  if (remote === undefined) throw new Error("it is elsewhere");
  return remote;
}
