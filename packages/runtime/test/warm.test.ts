import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { baseFolder, isRoot } from "../src/driver/base-folder.ts";
import { ownerOf } from "../src/driver/process-tree.ts";
import { createProcessDriver } from "../src/process/process-driver.ts";
import type { ProcessDriver, ProcessDriverOptions } from "../src/process/process-driver.ts";
import type { Instance } from "../src/sandbox-driver.ts";
import { askAgent, startAgent } from "../src/sandbox-driver.contract.ts";
import type { DriverHarness, StartOverrides } from "../src/sandbox-driver.contract.ts";
import { openHarness } from "./sandbox/harness.ts";
import { startMalicious, tempt } from "./sandbox/malicious.ts";

const LIMITS = { memoryMb: 256, cpu: 2, processes: 128, tmpMb: 16, startTimeoutMs: 30_000 };
const WARM = { kind: "warm" };
/** Answers what `expression` evaluates to, as JSON. */
const TELL = `require("node:http").createServer((request, response) => {
    const expression = decodeURIComponent(request.url.slice(1));
    const value = expression.startsWith(".well-known") ? 1 : eval(expression);
    Promise.resolve(value).then((told) => response.end(JSON.stringify(told) ?? "null"));
  }).listen(process.env.BERTH_LISTEN);`;

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).toReversed()) await one[Symbol.asyncDispose]();
});

interface Warm {
  readonly driver: ProcessDriver;
  readonly made: DriverHarness & { readonly home: string };
  /** Of an agent that is told to look. */
  start(overrides?: StartOverrides, source?: string): Promise<Instance>;
}

async function open(options: Partial<ProcessDriverOptions> = {}): Promise<Warm> {
  const harness = await openHarness("warm");
  opened.push(harness);
  const driver = createProcessDriver({ home: harness.home, warmJails: { count: 1, limits: LIMITS }, ...options });
  opened.push({ [Symbol.asyncDispose]: async () => await driver.close() });
  await driver.probe();
  await driver.sweep();
  const made = { ...harness, home: harness.home, driver };
  const start = async (overrides: StartOverrides = {}, source = TELL): Promise<Instance> => {
    await driver.warmJails();
    return await startAgent(made, source, overrides);
  };
  return { driver, made, start };
}

async function look(instance: Instance, expression: string): Promise<unknown> {
  return JSON.parse(await askAgent(instance, `/${encodeURIComponent(expression)}`));
}

describe("an agent in a jail that waited for it", () => {
  it("finds what it would find in a jail of its own", async () => {
    const { start, made } = await open();
    const env = { COLOUR: "green" };
    const warm = await start({ env, instanceId: "warm" });
    const driver = createProcessDriver({ home: made.home });
    opened.push({ [Symbol.asyncDispose]: async () => await driver.close() });
    const cold = await startAgent({ ...made, driver }, TELL, { env, instanceId: "cold", agentId: "agent_2" });
    expect([warm.boot, cold.boot?.kind]).toEqual([WARM, "cold"]);
    for (const expression of [
      "Object.entries(process.env).sort()",
      "process.argv",
      "process.execArgv",
      "process.cwd()",
      "process.mainModule === undefined",
      `require("node:fs").readdirSync("/run", { recursive: true }).sort()`,
      `require("node:fs").readdirSync("/app").sort()`,
      `require("node:fs").readdirSync("/opt/berth").filter((name) => name === "bridge.cjs")`,
      `require("node:fs").readdirSync("/tmp")`,
      `require("node:fs").readdirSync("/proc/self/fd").length`,
      `require("node:fs").readdirSync("/proc/1/fd").length`,
      `require("node:fs").readFileSync("/proc/1/environ", "utf8")`,
      `require("node:fs").readFileSync("/proc/self/status", "utf8").match(/^(Uid|Gid|Groups|Cap...|NoNewPrivs|Seccomp.*):.*$/gm)`,
      `require("node:fs").readFileSync("/proc/self/limits", "utf8")`,
      `require("node:fs").readFileSync("/proc/self/mountinfo", "utf8").split("\\n").map((line) => [line.split(" ")[4], line.split(" ")[5]].join(" ")).filter((line) => !/compile-cache|zygote/.test(line))`,
      `require("node:fs").readFileSync("/proc/net/unix", "utf8").split("\\n").map((line) => line.split(/\\s+/)[7]).filter((path) => path)`,
      `require("node:v8").getHeapStatistics().heap_size_limit`,
      "process.listenerCount('uncaughtException') + process.listenerCount('exit')",
    ]) {
      expect(await look(warm, expression), expression).toEqual(await look(cold, expression));
    }
    expect(await look(warm, `require("node:fs").readFileSync("/proc/self/environ", "utf8")`)).toBe("PWD=/app\0");
  });

  it("has the sockets it is given, and no way to the platform that others have", async () => {
    const { start } = await open();
    const listing = `require("node:fs").readdirSync("/run").sort()`;
    const both = await start({
      instanceId: "both",
      services: (_request, response) => response.end("served"),
      egress: ["a.test:443"],
    });
    expect(await look(both, listing)).toEqual(["agent", "egress.sock", "services.sock"]);
    expect(await look(both, "process.env.HTTPS_PROXY")).toBe("http://127.0.0.1:3128");
    const none = await start({ instanceId: "none", agentId: "agent_2" });
    expect(await look(none, listing)).toEqual(["agent"]);
    expect([both.boot, none.boot]).toEqual([WARM, WARM]);
  });

  it("has its code alone, and cannot write to it", async () => {
    const { start, made } = await open();
    const one = await start({ instanceId: "one" });
    const two = await startMalicious({ ...made }, { instanceId: "two", agentId: "agent_2" });
    expect(await look(one, `require("node:fs").readFileSync("/app/agent.mjs", "utf8").length`)).toBeLessThan(1_000);
    for (const path of ["/app/x", "/app/agent.mjs", "/run/x", "/run/agent.sock", "/opt/berth/compile-cache/x"]) {
      expect(await tempt(two, "write", { path }), path).toEqual({ code: expect.stringMatching(/EROFS|EACCES|ENOENT/) });
    }
  });

  it("ends of its memory limit, and says so", async () => {
    const { start } = await open();
    const hog = await start();
    expect(hog.boot).toEqual(WARM);
    await look(
      hog,
      "setTimeout(() => { globalThis.kept = []; setInterval(() => kept.push(Buffer.alloc(16e6, 1)), 5); }, 20), 1",
    );
    expect((await hog.exited).reason).toBe("AGENT_OUT_OF_MEMORY");
  });

  if (isRoot())
    it("runs under a host uid that no other has", async () => {
      const { start, driver } = await open();
      const waiting = await driver.warmJails();
      const owners = waiting.flatMap(({ pids }) => pids.map(ownerOf));
      const first = await start();
      await start({ instanceId: "second" });
      const next = (await driver.warmJails()).flatMap(({ pids }) => pids.map(ownerOf));
      expect(first.boot).toEqual(WARM);
      expect(new Set(owners).size).toBe(1);
      expect(next.some((owner) => owners.includes(owner))).toBe(false);
    });
});

describe("a start", () => {
  it("is cold, and says why, when no jail fits or none is ready", async () => {
    const { start, driver, made } = await open();
    const boots = [
      await start({ instanceId: "1", limits: { memoryMb: 200 } }),
      await start({ instanceId: "2", env: { NODE_OPTIONS: "--no-warnings" } }),
    ].map(({ boot }) => boot);
    expect(boots).toEqual([
      { kind: "cold", reason: "its memoryMb or tmpMb is not the usual one" },
      { kind: "cold", reason: "its variable NODE_OPTIONS is read when Node starts" },
    ]);
    await driver.warmJails();
    const two = ["3", "4"].map(async (instanceId) => await startAgent(made, TELL, { instanceId }));
    expect(new Set((await Promise.all(two)).map(({ boot }) => boot?.kind))).toEqual(new Set(["cold", "warm"]));
  });

  it("is cold where there are no warm jails", async () => {
    const { start, driver } = await open({ warmJails: { count: 0 } });
    expect(await driver.warmJails()).toEqual([]);
    expect((await start()).boot).toEqual({ kind: "cold", reason: "there are no warm jails" });
  });

  it("is warm again after a jail was killed while it waited", async () => {
    const { start, driver } = await open();
    const [before] = await driver.warmJails();
    process.kill(before?.pids.at(-1) ?? 0, "SIGKILL");
    const isNew = async (): Promise<boolean[]> => (await driver.warmJails()).map(({ key }) => key !== before?.key);
    await expect.poll(isNew, { timeout: 20_000 }).toEqual([true]);
    expect((await start()).boot).toEqual(WARM);
  });
});

describe("the compile cache of a release", () => {
  const SLOW = `${TELL} // ${"x".repeat(4_000)}`;
  const CACHE = "/opt/berth/compile-cache";
  const listCache = `(() => { try { return require("node:fs").readdirSync("${CACHE}", { recursive: true }).length; } catch { return -1; } })()`;
  const folderOf = (home: string): string => join(baseFolder(home), "compile-cache");

  it.each(["warm", "cold"] as const)("is made once, and read by the next starts in a %s jail", async (kind) => {
    const count = kind === "warm" ? 1 : 0;
    const { driver, made } = await open({ compileCache: true, warmJails: { count, limits: LIMITS } });
    const folder = await made.release(SLOW);
    const same = { ...made, release: () => Promise.resolve(folder) };
    await driver.warmJails();
    const first = await startAgent(same, SLOW, { instanceId: "first" });
    expect(await look(first, listCache)).toBeLessThanOrEqual(0);
    await driver.warmJails();
    const second = await startAgent(same, SLOW, { instanceId: "second" });
    expect(second.boot?.kind).toBe(kind);
    expect(await look(second, listCache)).toBeGreaterThanOrEqual(2);
    expect(await look(second, `require("node:module").getCompileCacheDir()`)).toMatch(
      /^\/opt\/berth\/compile-cache\/v.*-1000$/,
    );
    expect(await look(second, "process.env.NODE_COMPILE_CACHE === undefined")).toBe(true);
    const write = `(() => { try { require("node:fs").writeFileSync("${CACHE}/x", ""); return "wrote"; } catch ({ code }) { return code; } })()`;
    expect(await look(second, write)).toMatch(/EROFS|EACCES/);
    expect(readdirSync(folderOf(made.home)).length).toBe(1);
  });

  it("is not made of a release that answers with something else", async () => {
    const log: string[] = [];
    const { driver, made } = await open({ compileCache: true, log: (line) => log.push(line) });
    // It finds the connection on which the recording is sent, and is first.
    const source = `if (process._getActiveHandles().length > 0)
        for (const handle of process._getActiveHandles()) handle.end?.("[]\\n../../etc/cron.d/x");
      ${TELL}`;
    const instance = await startAgent(made, source);
    await driver.warmJails();
    expect(await look(instance, "1")).toBe(1);
    expect(readdirSync(join(baseFolder(made.home)))).not.toContain("compile-cache");
    expect(log.join("\n")).toContain("no compile cache for agent tester");
  });

  it("goes with its release", async () => {
    const { driver, made } = await open({ compileCache: true });
    const folder = await made.release(TELL);
    const instance = await startAgent({ ...made, release: () => Promise.resolve(folder) }, TELL);
    await driver.warmJails();
    await instance.stop(0);
    const [kept] = readdirSync(folderOf(made.home));
    expect(readFileSync(join(folderOf(made.home), kept ?? "", "release"), "utf8")).toBe(folder);
    rmSync(folder, { recursive: true });
    await driver.sweep();
    expect(readdirSync(folderOf(made.home))).toEqual([]);
  });
});
