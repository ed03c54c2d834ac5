import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createContainerDriver } from "../src/container/container-driver.ts";
import { AgentUids } from "../src/process/agent-uid.ts";
import { syscallTable } from "../src/process/syscall-numbers.ts";
import type { EgressDecision, Instance } from "../src/sandbox-driver.ts";
import { describeHostileCorpus } from "./hostile/corpus.ts";
import type { WorldSandbox } from "./hostile/world.ts";
import { startEngine } from "./sandbox/engine.ts";
import { describeHarm } from "./sandbox/harm-suite.ts";
import { openHarness } from "./sandbox/harness.ts";
import type { RemoteHarness } from "./sandbox/harness.ts";
import { runInJail, startMalicious, tempt } from "./sandbox/malicious.ts";
import { TEST_PROGRAMS } from "./sandbox/test-programs.ts";
import { describeSecurity } from "./security/describe-security.ts";
import { nodePrograms } from "./security/node-programs.ts";
import { UpstreamWorld, secretsOf } from "./upstream-world.ts";

const engine = await startEngine();

if (typeof engine === "string") it(`has no engine here: ${engine}`, () => {});
else {
  afterAll(async () => await engine[Symbol.asyncDispose]());
  const sandbox: WorldSandbox = {
    openHarness: () => openHarness("container", undefined, engine),
    createDriver: (options) =>
      createContainerDriver({ ...options, sockets: [engine.socketPath], programs: TEST_PROGRAMS }),
  };
  describeHarm("the container driver", sandbox.openHarness);
  describeHostileCorpus("a container", sandbox);
  describeSecurity(nodePrograms("container", sandbox));
  describe("a malicious agent in a container", () => {
    describeMalicious(sandbox);
  });
  describe("an agent in a container, with an egress list", () => {
    describeWayOut(sandbox);
  });
}

function describeMalicious(sandbox: WorldSandbox): void {
  let harness: RemoteHarness;
  let agent: Instance;
  beforeAll(async () => {
    harness = await sandbox.openHarness();
    agent = await startMalicious(harness, { limits: { cpu: 0.5 } });
  });
  afterAll(async () => await harness[Symbol.asyncDispose]());

  it("is refused every call that the filter of jails lists", async () => {
    const calls = Object.entries(syscallTable(process.arch)?.denied ?? {});
    const program = calls
      .map(([name, number]) => `$!=0; syscall(${number},0,0,0,0,0); print "${name} ",$!+0,"\n";`)
      .join("");
    const { stdout } = await runInJail(agent, "/usr/bin/perl", ["-e", program]);
    const answers = stdout.trim().split("\n");
    expect(answers).toHaveLength(calls.length);
    // A call that the engine's library does not know by name is none at all.
    expect(answers.filter((answer) => !/ (1|38)$/.test(answer))).toEqual([]);
  });

  if (process.arch === "x64")
    it("dies of a call by the x32 interface", async () => {
      const { signal } = await runInJail(agent, "/usr/bin/perl", ["-e", "syscall(0x40000000 + 39)"]);
      expect(signal).toBe("SIGSYS");
    });

  it("runs under a uid that no jailed agent has, and learns nothing of the host's names", async () => {
    const { got } = await tempt(agent, "read", { path: "/proc/self/status" });
    const uid = Number(/^Uid:\s+(\d+)/m.exec(String(got))?.[1]);
    const [jails, containers] = [new AgentUids(harness.home), new AgentUids(harness.home, "container")];
    expect(uid).toBeGreaterThanOrEqual(containers.first);
    expect(uid).toBeLessThanOrEqual(containers.last);
    expect(jails.last).toBeLessThan(containers.first);
    expect(await tempt(agent, "read", { path: "/etc/resolv.conf" })).toEqual({ got: "" });
    expect((await tempt(agent, "read", { path: "/etc/hostname" })).got).toBe("agent\n");
  });

  it("writes nowhere but to its own small folders", async () => {
    for (const path of ["/x", "/app/x", "/etc/x", "/dev/x", "/run/x", "/opt/x", "/usr/x", "/opt/node/bin/node"]) {
      expect(await tempt(agent, "write", { path }), path).toEqual({
        code: expect.stringMatching(/EROFS|ETXTBSY|EACCES/),
      });
    }
    const beside = await tempt(agent, "fill", { path: "/run/agent/y", limit: 40e6 });
    expect(beside.got).toMatchObject({ code: "ENOSPC" });
  });

  it("gets no more processor than its share", async () => {
    const { got } = await tempt(agent, "spin", { ms: 1_000 });
    expect(Number(got)).toBeLessThan(800);
  });
}

function describeWayOut(sandbox: WorldSandbox): void {
  it("reaches what is listed and its upstreams, by the proxy and in no other way", async () => {
    await using harness = await sandbox.openHarness();
    await using world = new UpstreamWorld();
    const server = await world.serve((asked, response) => response.end(JSON.stringify(asked.headers)));
    const driver = sandbox.createDriver({ home: harness.home, network: world.network });
    const decisions: EgressDecision[] = [];
    try {
      const agent = await startMalicious(
        { ...harness, driver, release: harness.release },
        {
          upstreams: {
            model: { url: `https://api.test:${server.port}`, headers: { authorization: "Bearer {secret:API_KEY}" } },
          },
          secrets: secretsOf({ API_KEY: { value: "sk-0123456789" } }),
          observer: { onEgress: (decision) => decisions.push(decision) },
        },
      );
      for (const deed of ["fetch", "get"]) {
        const { got } = await tempt(agent, deed, { url: "http://model.berth.internal/v1" });
        expect(got).toMatchObject({ status: 200, text: expect.stringContaining("Bearer [secret:API_KEY]") });
      }
      expect(server.seen.map(({ headers }) => headers.authorization)).toEqual(Array(2).fill("Bearer sk-0123456789"));
      expect(await tempt(agent, "fetch", { url: "http://evil.test/" })).toMatchObject({ got: { status: 403 } });
      for (const host of ["127.0.0.1", "api.test", "model.berth.internal"]) {
        expect(await tempt(agent, "connect", { host, port: server.port })).not.toEqual({ got: "connected" });
      }
      expect(server.seen).toHaveLength(2);
      expect(decisions).toContainEqual(expect.objectContaining({ host: "evil.test", decision: "denied" }));
      expect(JSON.stringify(await tempt(agent, "env"))).not.toContain("sk-0123456789");
    } finally {
      await driver.close();
    }
  });
}
