import { chmodSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EgressNetwork } from "../../src/egress/egress-network.ts";
import { askAgent, startAgent } from "../../src/sandbox-driver.contract.ts";
import type { StartOverrides } from "../../src/sandbox-driver.contract.ts";
import type { Instance, ProgramSpec, SandboxDriver } from "../../src/sandbox-driver.ts";
import { UpstreamWorld, secretsOf } from "../upstream-world.ts";
import type { RemoteHarness } from "./harness.ts";
import { goRoot, hostileRoot } from "./program-roots.ts";

export interface ProgramSandbox {
  openHarness(): Promise<RemoteHarness>;
  /** Where a driver can be in the tests' own process, to hear of its agents' requests. */
  readonly createDriver?: (options: { readonly home: string; readonly network: EgressNetwork }) => SandboxDriver;
}

/** What programs find that bring their own root: here nothing but themselves, one static file. */
export function describePrograms(name: string, sandbox: ProgramSandbox): void {
  describe(`${name}, with a static program in an empty root`, () => {
    const root = goRoot();
    let harness: RemoteHarness;
    beforeAll(async () => {
      harness = await sandbox.openHarness();
      await harness.driver.sweep();
    });
    afterAll(async () => {
      await harness[Symbol.asyncDispose]();
      root[Symbol.dispose]();
    });
    const started = (mode: string, more: Partial<ProgramSpec> = {}): StartOverrides => ({
      instanceId: mode,
      program: { ...root.program, command: ["/agent", mode], ...more },
    });

    it("answers on its port and on its socket, and is asked to end before it is killed", async () => {
      const modes = ["port", "unix", "stubborn"];
      const instances = await Promise.all(modes.map(async (mode) => await startAgent(harness, "", started(mode))));
      const ends = instances.map(async (instance, index) => {
        expect(await askAgent(instance, "/x")).toBe("served /x");
        await instance.stop(modes[index] === "stubborn" ? 50 : 10_000);
        return await instance.exited;
      });
      const polite = { reason: "STOPPED", exitCode: 0, lastOutput: "good bye" };
      const killed = { reason: "STOPPED", signal: "SIGKILL" };
      expect(await Promise.all(ends)).toMatchObject([polite, polite, killed]);
      expect(await harness.leftovers()).toEqual([]);
    });

    it("sees its own root and nothing of the host, and can change none of it", async () => {
      const env = { COLOUR: "blue", SHAPE: "round", PORT: "1", NODE_OPTIONS: "--no-such-option", LD_PRELOAD: "/no.so" };
      const instance = await startAgent(harness, "", {
        ...started("port", { env, workdir: "/tmp" }),
        env: { COLOUR: "green" },
      });
      const deed = (text: string): Promise<string> => askAgent(instance, "/", text);
      const top = (await deed("list /")).split("\n");
      expect(top).toEqual(expect.arrayContaining(["agent", "app", "dev", "etc", "proc", "run", "tmp"]));
      for (const host of ["usr", "home", "root", "var", "lib"]) expect(top).not.toContain(host);
      expect(await deed("folder")).toBe("/tmp");
      expect(await deed("read /etc/passwd")).toMatch(/^agent:x:\d+:\d+::\/tmp:\S*\n$/);
      expect(await deed("read /etc/hosts")).toContain("127.0.0.1 localhost");
      const variables = (await deed("env")).split("\n");
      expect(variables).toEqual(expect.arrayContaining(["COLOUR=green", "SHAPE=round", "PORT=8080", "HOME=/tmp"]));
      expect(variables.join("\n")).not.toMatch(/HOST_SECRET|BERTH_BRIDGE|BERTH_PROGRAM/);
      expect(await deed("read /proc/1/environ")).not.toContain("HOST_SECRET");
      for (const path of ["/x", "/agent", "/etc/passwd", "/app/agent.cjs", "/.berth/node", "/run/x", "/dev/x"])
        expect(await deed(`write ${path}`), path).toMatch(/^refused/);
      expect(await deed("write /tmp/x")).toBe("written");
      expect(await deed("read /proc/self/status")).toMatch(/^CapEff:\s+0+$[^]*^NoNewPrivs:\s+1$[^]*^Seccomp:\s+2$/m);
      for (const way of ["socket", "unshare", "connect 1.1.1.1:53", `connect 127.0.0.1:22`])
        expect(await deed(way), way).toMatch(/^refused/);
      const mounts = (await deed("read /proc/self/mountinfo"))
        .split("\n")
        .filter((line) => ["/agent", "/app"].includes(line.split(" ")[4] ?? ""));
      for (const line of mounts) expect(line).toMatch(/ ro,/);
      await instance.stop(0);
      expect(await harness.leftovers()).toEqual([]);
    });

    it("says why it does not start", async () => {
      chmodSync(root.folder, 0o755);
      writeFileSync(join(root.folder, "text"), "no program", { mode: 0o644 });
      const cases: readonly (readonly [Partial<ProgramSpec>, RegExp])[] = [
        [{ command: ["/missing"] }, /code 127[^]*cannot start \/missing: it is not there/],
        [{ command: ["missing"] }, /code 127/],
        [{ command: ["/text"] }, /code 126[^]*may not be executed/],
        [{ workdir: "/nowhere" }, /code 127[^]*folder \/nowhere is not there/],
        [{ command: ["/agent", "fail"] }, /code 3[^]*no such model/],
      ];
      await Promise.all(
        cases.map(async ([program, message], index) => {
          const starting = startAgent(harness, "", { ...started("port", program), instanceId: `failing-${index}` });
          await expect(starting).rejects.toMatchObject({
            reason: "AGENT_START_FAILED",
            message: expect.stringMatching(message),
          });
        }),
      );
      const refused = startAgent(harness, "", started("port", { env: { A: "x\0--bind\0/\0/host" } }));
      await expect(refused).rejects.toMatchObject({ reason: "CONFIG_INVALID" });
      expect(await harness.leftovers()).toEqual([]);
    });

    it("tells a crash and too much memory apart, and leaves nothing of either", async () => {
      const crashing = await startAgent(harness, "", started("crash"));
      const hog = await startAgent(harness, "", { ...started("hog"), limits: { memoryMb: 100 } });
      expect(await askAgent(crashing, "/", "child")).toBe("started");
      await askAgent(crashing, "/", "exit").catch(() => {});
      expect(await crashing.exited).toEqual({
        reason: "AGENT_CRASHED",
        exitCode: 7,
        signal: null,
        lastOutput: "out of ideas",
      });
      await askAgent(hog, "/", "hog").catch(() => {});
      expect((await hog.exited).reason).toBe("AGENT_OUT_OF_MEMORY");
      expect(await harness.leftovers()).toEqual([]);
    });

    it("has nothing of the host through links in its root, and makes nothing there", async () => {
      using hostile = hostileRoot();
      const instance = await startAgent(harness, "", { program: hostile.program });
      const deed = (text: string): Promise<string> => askAgent(instance, "/", text);
      for (const path of ["/etc/passwd", "/host/etc/passwd", "/up/etc/passwd"])
        expect(await deed(`read ${path}`), path).toMatch(/^agent:x:/);
      for (const path of [
        "/usr/passwd",
        "/oldroot/etc/passwd",
        "/newroot/x",
        "/app/passwd",
        `/oldroot${hostile.canary}/passwd`,
      ])
        expect(await deed(`read ${path}`), path).toMatch(/^refused/);
      expect(await deed("list /")).not.toContain("pipe");
      expect(await deed("read /three\nli\\nes")).toBe("text");
      expect(await deed("write /tmp/x")).toBe("written");
      expect(await deed("run /setuid uid")).toBe("true\n");
      await instance.stop(0);
      expect(readdirSync(hostile.canary)).toEqual(["passwd"]);
      expect(readFileSync(join(hostile.canary, "passwd"), "utf8")).toBe("of the host");
      expect(await harness.leftovers()).toEqual([]);
    });

    const { createDriver } = sandbox;
    if (createDriver === undefined) return;
    it("has the way out and the platform's services as ports and sockets", async () => {
      await using world = new UpstreamWorld();
      const server = await world.serve((asked, response) => response.end(`reached ${asked.url}`));
      const services: RequestListener = (request, response) => response.end(`answered ${request.url}`);
      const driver = createDriver({ home: harness.home, network: world.network });
      const made = { driver, release: harness.release };
      try {
        const instance: Instance = await startAgent(made, "", {
          ...started("port"),
          services,
          secrets: secretsOf({ API_KEY: { value: "sk-0123456789" } }),
          upstreams: {
            model: { url: `https://api.test:${server.port}`, headers: { authorization: "Bearer {secret:API_KEY}" } },
          },
        });
        const deed = (text: string): Promise<string> => askAgent(instance, "/", text);
        expect(await deed("get http://model.berth.internal/v1")).toMatch(/^HTTP\/1\.1 200[^]*reached \/v1/);
        expect(await deed("get http://evil.test/")).toMatch(/^HTTP\/1\.1 403/);
        expect(await deed("services /grant")).toMatch(/^HTTP\/1\.1 200[^]*answered \/grant/);
        expect(await deed("telemetry /v1/traces")).toMatch(/^HTTP\/1\.1 200[^]*answered \/v1\/traces/);
        expect(await deed(`connect 127.0.0.1:${server.port}`)).toMatch(/^refused/);
      } finally {
        await driver.close();
      }
    });
  });
}
