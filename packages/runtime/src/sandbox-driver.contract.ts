import type { RequestListener } from "node:http";
import { request } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import type { ReleaseSecrets } from "./secrets/secret-source.ts";
import type { Instance, InstanceObserver, ProgramSpec, ReleaseSpec, SandboxDriver } from "./sandbox-driver.ts";

/** What a driver's test gives the suite. Each harness has a home of its own. */
export interface DriverHarness extends AsyncDisposable {
  readonly driver: SandboxDriver;
  /** Writes a release whose entry file, `agent.cjs` unless `programs` says otherwise, is this; the answer is its folder. */
  release(source: string | Uint8Array): Promise<string>;
  /** Everything of this home that a closed driver must not leave: processes, folders, mounts, groups. */
  leftovers(): Promise<readonly string[]>;
  /** Puts a file of this text where the instance's socket will be, as a killed platform leaves it. */
  leaveStaleSocket(instanceId: string): Promise<void>;
  /** Kills the process the driver lives in, and opens a new one on the same home. Undefined: the driver lives in ours. */
  readonly replaceKilled?: () => Promise<SandboxDriver>;
  /** Variables the driver cannot keep away. */
  readonly unavoidableVariables: readonly string[];
  /** What `release` calls the entry file; default: `agent.cjs`. */
  readonly entry?: string;
  /** Releases are run by this, in a root of its own, and not by the platform's Node. */
  readonly program?: ProgramSpec;
}

/** The agents that the suite runs. `processes`: each is a process of its own, with signals, children and variables. */
export interface DriverPrograms {
  readonly entry: string;
  readonly processes: boolean;
  /** Answers GET `/.well-known/agent-card.json` with something that has `answer` in it. */
  readonly answers: { readonly source: string | Uint8Array; readonly answer: string };
  readonly failsAtStart: { readonly source: string | Uint8Array; readonly message: RegExp };
  /** Prints `almost`, and never answers. */
  readonly neverReady: string | Uint8Array;
}

export const NODE_PROGRAMS: DriverPrograms = {
  entry: "agent.cjs",
  processes: true,
  answers: { source: answering("request.url"), answer: "agent-card.json" },
  failsAtStart: {
    source: `console.error("no such model"); process.exit(3);`,
    message: /code 3[^]*no such model/,
  },
  neverReady: `console.log("almost"); require("node:net").createServer(() => {}).listen(process.env.BERTH_LISTEN);`,
};
/** Part of `it`: for what only some drivers have. */
interface Register {
  (title: string, test: () => Promise<void>): void;
  each(cases: readonly string[]): (title: string, test: (value: string) => Promise<void>) => void;
}

const CARD_PATH = "/.well-known/agent-card.json";

/** Begins an agent that answers with what `body` evaluates to. */
function answering(body: string, before = ""): string {
  return `const http = require("node:http");
    ${before}
    http.createServer((request, response) => response.end(String(${body}))).listen(process.env.BERTH_LISTEN);`;
}

export function describeSandboxDriver(
  name: string,
  open: () => Promise<DriverHarness>,
  programs: DriverPrograms = NODE_PROGRAMS,
): void {
  const { entry } = programs;
  describe(name, () => {
    const opened: DriverHarness[] = [];
    const itWithProcesses: Register = programs.processes
      ? Object.assign((title: string, test: () => Promise<void>) => it(title, test), {
          each: (cases: readonly string[]) => (title: string, test: (value: string) => Promise<void>) =>
            it.each(cases)(title, test),
        })
      : Object.assign(() => {}, { each: () => () => {} });
    const harness = async (): Promise<DriverHarness> => {
      const made = await open();
      opened.push(made);
      await made.driver.probe();
      await made.driver.sweep();
      return made;
    };
    afterEach(async () => {
      for (const made of opened.splice(0)) await made[Symbol.asyncDispose]();
    });

    it("gives an instance whose socket answers, and ends it on stop with nothing left", async () => {
      const made = await harness();
      const instance = await startAgent(made, programs.answers.source, { entry });
      expect(await askAgent(instance, CARD_PATH)).toContain(programs.answers.answer);
      const stats = await instance.stats();
      expect(stats.rssBytes).toBeGreaterThan(programs.processes ? 10_000_000 : -1);
      expect(stats.processes).toBeGreaterThan(programs.processes ? 0 : -1);
      await instance.stop(5_000);
      expect((await instance.exited).reason).toBe("STOPPED");
      expect(await made.leftovers()).toEqual([]);
      await instance.stop(5_000);
    });

    itWithProcesses("lets the agent finish on SIGTERM, and kills it when it does not", async () => {
      const made = await harness();
      const polite = await startAgent(
        made,
        answering("1", `process.on("SIGTERM", () => { console.log("good bye"); process.exit(0); });`),
      );
      const stubborn = await startAgent(made, answering("1", `process.on("SIGTERM", () => {});`), {
        instanceId: "stubborn",
      });
      await Promise.all([polite.stop(10_000), stubborn.stop(50)]);
      expect(await polite.exited).toMatchObject({ reason: "STOPPED", exitCode: 0, lastOutput: "good bye" });
      expect(await stubborn.exited).toMatchObject({ reason: "STOPPED", signal: "SIGKILL" });
      expect(await made.leftovers()).toEqual([]);
    });

    it("says what an agent printed when it ends before it answers", async () => {
      const made = await harness();
      const failing = startAgent(made, programs.failsAtStart.source, { entry });
      await expect(failing).rejects.toMatchObject({
        reason: "AGENT_START_FAILED",
        message: expect.stringMatching(programs.failsAtStart.message),
      });
      expect(await made.leftovers()).toEqual([]);
    });

    it("gives up an agent that listens and never answers", async () => {
      const made = await harness();
      const silent = startAgent(made, programs.neverReady, { entry, limits: { startTimeoutMs: 1_500 } });
      await expect(silent).rejects.toMatchObject({
        reason: "AGENT_START_TIMEOUT",
        message: expect.stringContaining("almost"),
      });
      expect(await made.leftovers()).toEqual([]);
    });

    it("leaves nothing when a start is canceled at any moment", async () => {
      const made = await harness();
      for (const moment of ["before", "at once", "while it runs"]) {
        const abort = new AbortController();
        if (moment === "before") abort.abort();
        const onOutput = (): void => {
          abort.abort();
        };
        const starting = startAgent(made, programs.neverReady, { entry, signal: abort.signal, observer: { onOutput } });
        if (moment === "at once") setImmediate(() => abort.abort());
        await expect(starting, moment).rejects.toMatchObject({ reason: "CANCELED" });
        expect(await made.leftovers(), moment).toEqual([]);
      }
    });

    itWithProcesses("tells a crash, with its last output and without its children", async () => {
      const made = await harness();
      const instance = await startAgent(
        made,
        `const child = require("node:child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { detached: true });
         require("node:http").createServer((request, response) => {
           response.end("ok");
           if (request.url === "/crash") { console.error("out of ideas"); process.exit(7); }
         }).listen(process.env.BERTH_LISTEN);`,
      );
      await askAgent(instance, "/crash").catch(() => {});
      expect(await instance.exited).toEqual({
        reason: "AGENT_CRASHED",
        exitCode: 7,
        signal: null,
        lastOutput: "out of ideas",
      });
      expect(await made.leftovers()).toEqual([]);
    });

    itWithProcesses("ends an agent that takes more memory than its limit, and says so", async () => {
      const made = await harness();
      const hog = `setTimeout(() => { const kept = []; setInterval(() => kept.push(Buffer.alloc(16e6, 1)), 10); }, 50)`;
      const instance = await startAgent(made, answering(`(request.url === "/hog" && ${hog}, "ok")`), {
        limits: { memoryMb: 150 },
      });
      await askAgent(instance, "/hog");
      expect((await instance.exited).reason).toBe("AGENT_OUT_OF_MEMORY");
      expect(await made.leftovers()).toEqual([]);
    });

    itWithProcesses("says so too when the agent's own heap is full first", async () => {
      const made = await harness();
      const hog = `setTimeout(() => { const kept = []; for (;;) kept.push(new Array(1000).fill(kept.length)); }, 20)`;
      const instance = await startAgent(made, answering(`(request.url === "/hog" && ${hog}, "ok")`), {
        limits: { memoryMb: 130 },
      });
      await askAgent(instance, "/hog");
      expect((await instance.exited).reason).toBe("AGENT_OUT_OF_MEMORY");
    });

    itWithProcesses("shows the agent the contract's environment and its release's, and nothing of ours", async () => {
      const made = await harness();
      const instance = await startAgent(made, answering("JSON.stringify(process.env)"), {
        env: { COLOUR: "green", PORT: "1" },
      });
      const seen = JSON.parse(await askAgent(instance, "/")) as Record<string, string>;
      const names = Object.keys(seen).filter((variable) => !made.unavoidableVariables.includes(variable));
      expect(names.toSorted()).toEqual(["BERTH_LISTEN", "COLOUR", "HOME", "NODE_ENV", "PORT", "TMPDIR"]);
      expect(seen).toMatchObject({ COLOUR: "green", NODE_ENV: "production" });
      expect(Number(seen["PORT"])).toBeGreaterThan(1);
    });

    itWithProcesses.each(["Number(process.env.PORT)", `{ port: process.env.PORT, host: "localhost" }`])(
      "reaches a server that listens on %s only",
      async (address) => {
        const made = await harness();
        const source = `require("node:http").createServer((q, response) => q.pipe(response)).listen(${address});`;
        const instance = await startAgent(made, source);
        const body = "x".repeat(300_000);
        const answers = await Promise.all([1, 2, 3].map(() => askAgent(instance, "/", body)));
        expect(answers.map((answer) => answer.length)).toEqual([300_000, 300_000, 300_000]);
      },
    );

    itWithProcesses("is not disturbed by a socket that an earlier run left", async () => {
      const made = await harness();
      await made.leaveStaleSocket("again");
      const instance = await startAgent(made, answering("'fresh'"), { instanceId: "again" });
      expect(await askAgent(instance, "/")).toBe("fresh");
    });

    it("stands still when frozen and goes on when thawed", async () => {
      const made = await harness();
      const instance = await startAgent(made, programs.answers.source, { entry });
      await instance.freeze();
      let answered = false;
      const answer = askAgent(instance, CARD_PATH).then((text) => {
        answered = true;
        return text;
      });
      const cpu = (await instance.stats()).cpuMs;
      for (let look = 0; look < 20; look++) await instance.stats();
      // A thread that waits still says so now and then.
      expect((await instance.stats()).cpuMs).toBeLessThanOrEqual(programs.processes ? cpu : cpu + 50);
      expect(answered).toBe(false);
      await instance.thaw();
      expect(await answer).toContain(programs.answers.answer);
      await instance.freeze();
      await instance.stop(5_000);
      expect((await instance.exited).reason).toBe("STOPPED");
    });

    it("ends all on close and starts none afterwards", async () => {
      const made = await harness();
      const instances = await Promise.all(
        ["one", "two"].map((instanceId) => startAgent(made, programs.answers.source, { entry, instanceId })),
      );
      const late = startAgent(made, programs.neverReady, { entry, instanceId: "late" });
      const settled = Promise.allSettled([late]);
      await made.driver.close();
      expect((await settled)[0]).toMatchObject({ status: "rejected", reason: { reason: "SHUTTING_DOWN" } });
      for (const instance of instances) expect((await instance.exited).reason).toBe("STOPPED");
      const tooLate = startAgent(made, programs.answers.source, { entry });
      await expect(tooLate).rejects.toMatchObject({ reason: "SHUTTING_DOWN" });
      expect(await made.leftovers()).toEqual([]);
    });

    it("leaves nothing after its process was killed, early or late, once the next one has swept", async () => {
      const made = await harness();
      if (made.replaceKilled === undefined) return;
      const detached = `require("node:child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { detached: true, stdio: "ignore" });`;
      const source = programs.processes ? answering("'ok'", detached) : programs.answers.source;
      await startAgent(made, source, { entry });
      const before = (await made.leftovers()).length;
      const started = startAgent(made, source, { entry, orgId: "org_2", instanceId: "early" });
      const settled = Promise.allSettled([started]);
      // The second of a shared process is nothing that could be seen from outside.
      while (programs.processes && (await made.leftovers()).length === before);
      const driver = await made.replaceKilled();
      await settled;
      await driver.sweep();
      expect(await made.leftovers()).toEqual([]);
    });
  });
}

export interface StartOverrides {
  readonly orgId?: string;
  readonly releaseId?: string;
  readonly entry?: string;
  readonly instanceId?: string;
  readonly env?: ReleaseSpec["env"];
  readonly limits?: Partial<ReleaseSpec["limits"]>;
  readonly observer?: InstanceObserver;
  readonly signal?: AbortSignal;
  readonly egress?: ReleaseSpec["egress"];
  readonly upstreams?: NonNullable<ReleaseSpec["upstreams"]>;
  readonly secrets?: ReleaseSecrets;
  readonly agentId?: string;
  readonly trusted?: boolean;
  readonly services?: RequestListener;
  readonly program?: ProgramSpec;
}

export async function startAgent(
  made: Pick<DriverHarness, "driver" | "release" | "entry" | "program">,
  source: string | Uint8Array,
  overrides: StartOverrides = {},
): Promise<Instance> {
  const entry = overrides.entry ?? made.entry;
  const program = overrides.program ?? made.program;
  const spec = releaseSpec(await made.release(source), {
    ...overrides,
    ...(entry === undefined ? {} : { entry }),
    ...(program === undefined ? {} : { program }),
  });
  return made.driver.start(spec, {
    instanceId: overrides.instanceId ?? "instance",
    ...(overrides.observer === undefined ? {} : { observer: overrides.observer }),
    ...(overrides.signal === undefined ? {} : { signal: overrides.signal }),
    ...(overrides.services === undefined ? {} : { services: overrides.services }),
    ...(overrides.secrets === undefined ? {} : { secrets: overrides.secrets }),
  });
}

function releaseSpec(folder: string, overrides: StartOverrides): ReleaseSpec {
  return {
    orgId: overrides.orgId ?? "org_1",
    agentId: overrides.agentId ?? "agent_1",
    agentName: "tester",
    releaseId: overrides.releaseId ?? "release_1",
    folder,
    entry: overrides.entry ?? "agent.cjs",
    ...(overrides.program === undefined ? {} : { program: overrides.program }),
    trusted: overrides.trusted ?? true,
    env: overrides.env ?? {},
    limits: { memoryMb: 256, cpu: 2, processes: 128, tmpMb: 16, startTimeoutMs: 30_000, ...overrides.limits },
    scale: { min: 0, max: 1, concurrency: 1, idleSeconds: 60 },
    egress: overrides.egress ?? [],
    ...(overrides.upstreams === undefined ? {} : { upstreams: overrides.upstreams }),
  };
}

/** One request; POST when there is a body. Any break of the connection rejects. */
export function askAgent(
  instance: Pick<Instance, "socketPath" | "headers">,
  path: string,
  body?: string,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request({
      socketPath: instance.socketPath,
      path,
      method: body === undefined ? "GET" : "POST",
      headers: { host: "localhost", ...instance.headers },
      agent: false,
    });
    outgoing.on("error", reject);
    outgoing.on("response", (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("error", reject);
      response.on("data", (chunk: string) => (text += chunk));
      response.on("end", () => {
        resolve(text);
      });
    });
    outgoing.end(body);
  });
}
