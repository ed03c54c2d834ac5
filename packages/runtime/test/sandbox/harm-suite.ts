import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { askAgent, startAgent } from "../../src/sandbox-driver.contract.ts";
import type { RemoteHarness } from "./harness.ts";
import { startMalicious, tempt } from "./malicious.ts";

/** What an agent may do to its platform and its neighbours, by its load, its socket and its end. */
export function describeHarm(name: string, openDriver: () => Promise<RemoteHarness>): void {
  describe(`${name}, with an agent that wants to harm it`, () => {
    const opened: AsyncDisposable[] = [];
    const open = async (): Promise<RemoteHarness> => {
      const harness = await openDriver();
      opened.push(harness);
      await harness.driver.sweep();
      return harness;
    };
    afterEach(async () => {
      for (const one of opened.splice(0).toReversed()) await one[Symbol.asyncDispose]();
    });

    /** A socket on the host that only the platform's user could speak to; counts who does. */
    const openPrivateSocket = async (): Promise<{ readonly path: string; readonly connections: () => number }> => {
      const folder = mkdtempSync("/tmp/berth-private-");
      const path = join(folder, "s.sock");
      let connections = 0;
      const server = createServer((_request, response) => response.end("secret")).on("connection", () => connections++);
      await new Promise<void>((resolve) => {
        server.listen(path, resolve);
      });
      opened.push({
        [Symbol.asyncDispose]: async () => {
          server.closeAllConnections();
          await new Promise((resolve) => server.close(resolve));
          rmSync(folder, { recursive: true, force: true });
        },
      });
      return { path, connections: () => connections };
    };

    it("survives a fork bomb, and ends it", async () => {
      const harness = await open();
      const agent = await startMalicious(harness, { limits: { processes: 60 } });
      await tempt(agent, "forkBomb");
      // No process can be had in the jail any more: an agent's own failure, and the bomb is at its limit.
      for (let code = ""; code !== "EAGAIN";) {
        const { got } = await tempt(agent, "run", { file: "/usr/bin/true", args: [] });
        code = String((got as { error?: string }).error);
      }
      expect((await agent.stats()).processes).toBeLessThanOrEqual(62);
      const other = await startMalicious(harness, { instanceId: "other", agentId: "agent_2" });
      expect(await tempt(other, "env")).toHaveProperty("got");
      await agent.stop(0);
      await other.stop(0);
      expect(await harness.leftovers()).toEqual([]);
    });

    it("ends a hog of memory and keeps the other agents", async () => {
      const harness = await open();
      const hog = await startMalicious(harness, { limits: { memoryMb: 120 } });
      const other = await startMalicious(harness, { instanceId: "other", agentId: "agent_2" });
      const grow = async (): Promise<void> => {
        for (;;) await tempt(hog, "hog", { bytes: 20e6 });
      };
      await expect(grow()).rejects.toThrow();
      expect((await hog.exited).reason).toBe("AGENT_OUT_OF_MEMORY");
      expect(await tempt(other, "env")).toHaveProperty("got");
    });

    it("never follows a link at the socket's place, before or after the agent is ready", async () => {
      const harness = await open();
      const secret = await openPrivateSocket();
      const linking = `require("node:fs").symlinkSync(${JSON.stringify(secret.path)}, process.env.BERTH_LISTEN); setInterval(() => {}, 1000);`;
      await expect(startAgent(harness, linking, { limits: { startTimeoutMs: 1_000 } })).rejects.toMatchObject({
        reason: "AGENT_START_TIMEOUT",
      });
      const agent = await startMalicious(harness);
      expect(await tempt(agent, "replaceSocket", { target: secret.path })).toEqual({ got: "done" });
      expect(await tempt(agent, "env")).toHaveProperty("got");
      expect(secret.connections()).toBe(0);
      await agent.stop(0);
      expect(await harness.leftovers()).toEqual([]);
    });

    it.each([
      ["a file", `fs.writeFileSync(process.env.BERTH_LISTEN, "x")`],
      ["a folder", `fs.mkdirSync(process.env.BERTH_LISTEN)`],
      ["a pipe", `require("node:child_process").execFileSync("/usr/bin/mkfifo", [process.env.BERTH_LISTEN])`],
      ["a link in a circle", `fs.symlinkSync(process.env.BERTH_LISTEN, process.env.BERTH_LISTEN)`],
    ])("does not touch %s at the socket's place", async (_what, trick) => {
      const harness = await open();
      const source = `const fs = require("node:fs"); ${trick}; setInterval(() => {}, 1000);`;
      await expect(startAgent(harness, source, { limits: { startTimeoutMs: 800 } })).rejects.toMatchObject({
        reason: "AGENT_START_TIMEOUT",
      });
      expect(await harness.leftovers()).toEqual([]);
    });

    it("reads no more than it wants of an agent that answers or prints without end", async () => {
      const harness = await open();
      const source = `
      const line = "y".repeat(1000);
      const flood = () => { while (process.stdout.write(line + "\\n")); process.stdout.once("drain", flood); };
      flood();
      require("node:net").createServer((socket) => {
        socket.on("error", () => {});
        socket.write("HTTP/1.1 200 OK\\r\\n\\r\\n");
        const more = () => { while (socket.write(line)); socket.once("drain", more); };
        more();
      }).listen(process.env.BERTH_LISTEN);`;
      let lines = 0;
      const agent = await startAgent(harness, source, { observer: { onOutput: () => lines++ } });
      const other = await startMalicious(harness, { instanceId: "other", agentId: "agent_2" });
      expect(await tempt(other, "env")).toHaveProperty("got");
      await agent.stop(0);
      expect((await agent.exited).lastOutput.length).toBeLessThanOrEqual(8 * 1024);
      expect(lines).toBeGreaterThan(0);
    });

    it("refuses what would end an option and begin another", async () => {
      const harness = await open();
      const env = { INNOCENT: "x\0--bind\0/\0/host" };
      await expect(startMalicious(harness, { env })).rejects.toMatchObject({ reason: "CONFIG_INVALID" });
      expect(await harness.leftovers()).toEqual([]);
    });

    it("answers nothing strange to a caller whose agent dies in the middle", async () => {
      const harness = await open();
      const agent = await startAgent(
        harness,
        `require("node:http").createServer((request, response) => {
        if (request.url === "/die") { response.write("half"); setImmediate(() => process.kill(process.pid, "SIGKILL")); }
        else response.end("ok");
      }).listen(process.env.BERTH_LISTEN);`,
      );
      await expect(askAgent(agent, "/die")).rejects.toThrow();
      expect(await agent.exited).toMatchObject({ reason: "AGENT_CRASHED", signal: "SIGKILL", exitCode: null });
      expect(await harness.leftovers()).toEqual([]);
    });
  });
}
