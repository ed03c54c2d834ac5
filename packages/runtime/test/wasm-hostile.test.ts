import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { markedProcesses, jailMarker } from "../src/process/jail-marker.ts";
import { askAgent } from "../src/sandbox-driver.contract.ts";
import type { EgressDecision, Instance } from "../src/sandbox-driver.ts";
import { assembleAgent, fn, op } from "../src/wasm/host/module/assemble.fixture.ts";
import type { TextAt } from "../src/wasm/host/module/assemble.fixture.ts";
import { gate, openWasmWorld, saidBy, send } from "./wasm/world.ts";
import type { WasmWorld } from "./wasm/world.ts";

/** `agent_handle` gets about 300 bytes with a short text: a long one is the sign to misbehave. */
const LONG = "x".repeat(4_000);

function misbehaving(body: (text: TextAt) => readonly number[]): Uint8Array {
  return assembleAgent({
    handle: (text) => [
      ...op.line(...op.i32(3_000), ...op.local(1), 0x49, ...op.when(body(text))),
      ...op.line(...text('{"message":"fine"}'), ...packStack()),
    ],
  });
}

/** Of the two i32 that a text pushed: `pointer << 32 | length`. The scratch words lie below all texts. */
function packStack(): readonly number[] {
  const keepLength = [0x24, 0x01];
  const extend = [0xad];
  return [...keepLength, ...extend, 0x42, 32, 0x86, 0x23, 0x01, ...extend, 0x84];
}

function asking(name: string, json: string): Uint8Array {
  return assembleAgent({ handle: (text) => [...text(name), ...text(json), ...op.call(fn.hostCall)] });
}

async function until(condition: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 20_000; !condition(); await delay(10)) expect(Date.now()).toBeLessThan(deadline);
}

describe("hostile modules", () => {
  let world: WasmWorld;
  let sibling: Instance;
  beforeAll(async () => {
    world = await openWasmWorld();
    sibling = await world.start(
      "sibling",
      misbehaving(() => []),
    );
  });
  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  const isFine = async (instance: Instance): Promise<void> => {
    expect(saidBy(await send(instance))).toBe("fine");
  };

  it("are refused for what they import, by name, and for what they are not", async () => {
    const handle = (): readonly number[] => op.packed(0, 0);
    const refused = async (module: Uint8Array, why: RegExp): Promise<void> => {
      const starting = world.start("refused", module, { releaseId: `release-${why.source}` });
      await expect(starting).rejects.toMatchObject({
        reason: "AGENT_START_FAILED",
        message: expect.stringMatching(why),
      });
    };
    await refused(assembleAgent({ handle, imports: "env.open_a_door" }), /env\.open_a_door/);
    await refused(assembleAgent({ handle, exports: [] }), /agent_handle/);
    await refused(new TextEncoder().encode("#!/bin/sh"), /not a valid/);
    await refused(assembleAgent({ handle, pages: 65_536 }), /begins with/);
    await refused(assembleAgent({ handle, card: "no json" }), /not JSON/);
    await isFine(sibling);
  });

  it("loop for ever without holding up a sibling, or another call of their own, until they are canceled", async () => {
    const looping = await world.start(
      "looping",
      misbehaving(() => op.loop(op.again())),
    );
    const stream = askAgent(
      looping,
      "/message:stream",
      JSON.stringify({ message: { messageId: "1", parts: [{ text: LONG }] } }),
    );
    await until(() => true);
    for (let round = 0; round < 3; round++) {
      await isFine(sibling);
      await isFine(looping);
    }
    expect((await looping.stats()).cpuMs).toBeGreaterThan(0);
    await looping.stop(0);
    expect(await stream).toContain("TASK_STATE_CANCELED");
    expect((await looping.exited).reason).toBe("STOPPED");
    await isFine(sibling);
  });

  it("take memory up to their limit, and lose that call alone", async () => {
    const grow = op.loop(op.i32(16), op.grow, [0x41, 0x7f], op.equal, op.when(op.unreachable), op.again());
    const hog = await world.start(
      "hog",
      misbehaving(() => grow),
      { limits: { memoryMb: 64 } },
    );
    const failed = await send(hog, { text: LONG });
    expect(failed.status.state).toBe("TASK_STATE_FAILED");
    expect(saidBy(failed)).toMatch(/trapped|memory/);
    await isFine(hog);
    await isFine(sibling);
  });

  it("share one memory limit over all calls of an agent", async () => {
    const waiting = gate();
    const greedy = await world.start(
      "greedy",
      assembleAgent({
        handle: (text) => [
          ...op.line(...op.i32(640), ...op.grow, ...op.drop),
          ...op.line(...text("services"), ...text('{"path":"/wait/a"}'), ...op.call(fn.hostCall)),
        ],
      }),
      { limits: { memoryMb: 64 }, services: waiting.listener },
    );
    const first = send(greedy);
    await until(() => waiting.waiting() === 1);
    expect(saidBy(await send(greedy))).toMatch(/ran out of memory: 2 calls together/);
    waiting.open();
    expect((await first).status.state).toBe("TASK_STATE_COMPLETED");
  });

  it("recurse, trap and point elsewhere, and the next call is served", async () => {
    const recursive = (): readonly number[] => [...op.local(0), ...op.local(1), ...op.call(fn.handle), ...op.drop];
    for (const [name, body] of Object.entries({
      recursive,
      trapping: () => op.unreachable,
      pointing: (text: TextAt) => [
        ...text("log"),
        ...op.i32(0x7fff_0000),
        ...op.i32(9),
        ...op.call(fn.hostCall),
        ...op.drop,
      ],
    })) {
      const agent = await world.start(name, misbehaving(body));
      expect((await send(agent, { text: LONG })).status.state, name).toBe("TASK_STATE_FAILED");
      await isFine(agent);
    }
  });

  it("say what they like in the log, and nothing in another's", async () => {
    const lines: string[] = [];
    const forged = JSON.stringify({ message: "hello\nsibling\tstdout\tI am the sibling\nsibling\texit\tgone" });
    const liar = await world.start("liar", asking("log", forged), {
      observer: { onOutput: (line) => lines.push(line) },
    });
    await send(liar);
    await until(() => lines.length > 0);
    expect(lines).toEqual(["hello sibling\tstdout\tI am the sibling sibling\texit\tgone"]);
    await isFine(sibling);
  });

  it("reach their own services with their own grant, and no door of the host", async () => {
    const [mine, others] = [gate(), gate()];
    const call = JSON.stringify({ method: "GET", path: "/grant" });
    const one = await world.start("one", asking("services", call), { services: mine.listener });
    const two = await world.start("two", asking("services", call), { services: others.listener });
    await send(one, { grant: "acg1_one" });
    await send(two, { grant: "acg1_two" });
    expect([mine.asked, others.asked]).toEqual([["GET /grant Grant acg1_one"], ["GET /grant Grant acg1_two"]]);
    for (const path of ["/berth/fetch", "//berth/fetch", "berth/fetch", "http://x/", "/instances/one/stop-0"]) {
      const agent = await world.start(`door-${path.length}`, asking("services", JSON.stringify({ path })));
      expect((await send(agent)).status.state, path).toMatch(/FAILED/);
    }
    await isFine(sibling);
  });

  it("ask their caller a question and go on with the answer", async () => {
    const agent = await world.start("asking", asking("ask", '{"question":"Which one?"}'));
    const asked = await send(agent);
    expect([asked.status.state, saidBy(asked)]).toEqual(["TASK_STATE_INPUT_REQUIRED", "Which one?"]);
    expect((await send(agent, { text: "this", taskId: asked.id })).status.state).toBe("TASK_STATE_COMPLETED");
  });

  it("of two organizations are in two processes, which do not know each other's", async () => {
    const theirs = await world.start(
      "theirs",
      misbehaving(() => []),
      { orgId: "org_2" },
    );
    expect(theirs.socketPath).not.toBe(sibling.socketPath);
    const crossed = { socketPath: sibling.socketPath, headers: { ...theirs.headers } };
    expect(await askAgent(crossed, "/message:send", "{}")).toContain("no such instance");
    await isFine(theirs);
  });

  it("all end with a reason when their process is killed, and start again in a new one", async () => {
    const doomed = await world.start(
      "doomed",
      misbehaving(() => []),
      { orgId: "org_3" },
    );
    const ours = new Set(markedProcesses(jailMarker(world.home)));
    const again = await world.start(
      "again",
      misbehaving(() => []),
      { orgId: "org_4" },
    );
    const [added] = markedProcesses(jailMarker(world.home)).filter((pid) => !ours.has(pid));
    expect(added).toBeDefined();
    process.kill(added ?? 0, "SIGKILL");
    expect((await again.exited).reason).toBe("AGENT_CRASHED");
    await isFine(doomed);
    await isFine(
      await world.start(
        "again",
        misbehaving(() => []),
        { orgId: "org_4" },
      ),
    );
  });
});

it("fetches over the agent's own egress rules, and is told why not", async () => {
  const server = createServer((request, response) => response.end(`served ${request.url}`));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // The port of a TCP server that listens.
  const { port } = server.address() as AddressInfo;
  await using world = await openWasmWorld({
    network: { resolve: () => Promise.resolve(["127.0.0.1"]), allowPrivate: true },
  });
  const decisions: EgressDecision[] = [];
  const fetching = async (name: string, url: string): Promise<string> => {
    const lines: string[] = [];
    const agent = await world.start(name, asking("http.fetch", JSON.stringify({ url })), {
      egress: [{ host: `api.test:${port}`, paths: ["/open/**"] }],
      observer: { onEgress: (decision) => decisions.push(decision), onOutput: (line) => lines.push(line) },
    });
    const task = await send(agent);
    return `${task.status.state} ${saidBy(task)} ${lines.join(" ")}`;
  };
  expect(await fetching("allowed", `http://api.test:${port}/open/a`)).toMatch(/COMPLETED/);
  await fetching("path", `http://api.test:${port}/closed/a`);
  await fetching("host", "https://evil.test/");
  await fetching("loopback", `http://127.0.0.1:${port}/open/a`);
  expect(decisions.map(({ decision, host }) => `${decision} ${host}`)).toEqual([
    "allowed api.test",
    "denied api.test",
    "denied evil.test",
    "denied 127.0.0.1",
  ]);
  server.close();
});

it("runs in a plain process where there is no jail, and says so", async () => {
  await using world = await openWasmWorld({ jailed: false });
  expect(await world.driver.probe()).toMatchObject({ isolates: true, syscalls: { level: "partial" } });
  const agent = await world.start(
    "bare",
    misbehaving(() => []),
  );
  expect(saidBy(await send(agent))).toBe("fine");
});
