import { expect } from "vitest";
import type { JsonValue } from "@berth/protocol";
import { createProcessDriver } from "../../src/process/process-driver.ts";
import type { Instance } from "../../src/sandbox-driver.ts";
import { createUnconfinedDriver } from "../../src/unconfined/unconfined-driver.ts";
import { createWasmDriver } from "../../src/wasm/wasm-driver.ts";
import { openHarness } from "../sandbox/harness.ts";
import { gotBy, maliciousModule } from "../wasm/malicious-module.ts";
import { send } from "../wasm/world.ts";
import type { Deed, Impossible, Outcome, SandboxPrograms } from "./sandbox-programs.ts";

const NO_PROCESSES: Impossible = {
  why: "a module can start nothing",
  proof: async (instance) => {
    expect(await tell(instance, ["spawn", "/bin/true"])).toEqual({ refused: expect.stringMatching(/^Unsupported/) });
    expect(await tell(instance, ["thread"])).toEqual({ refused: expect.stringMatching(/^Unsupported/) });
    expect((await instance.stats()).processes).toBe(0);
  },
};

/** The standard library of Rust tries what a system would give it; what only the host gives is asked of the host. */
export const WASM_SECURITY: SandboxPrograms = {
  name: "wasm",
  open: async (network) => {
    const harness = await openHarness("process");
    const { home } = harness;
    const [jails, bare] = [createProcessDriver({ home }), createUnconfinedDriver({ home })];
    const driver = createWasmDriver({ home, jails, bare, network });
    await driver.probe();
    return {
      ...harness,
      driver,
      async [Symbol.asyncDispose]() {
        for (const each of [driver, jails, bare]) await each.close();
        await harness[Symbol.asyncDispose]();
      },
    };
  },
  source: maliciousModule,
  overrides: { entry: "agent.wasm" },
  attempt: async (instance, deed) => await attempt(instance, deed),
  impossible: {
    "fork-bomb": NO_PROCESSES,
    "leave-process": NO_PROCESSES,
    "stolen-grant": {
      why: "grants stay outside a module: it cannot show one",
      proof: async (instance, deed) => {
        if (deed.kind !== "stolen-grant") throw new Error("another deed");
        const { path, own, stolen } = deed;
        const headers = { authorization: `Grant ${stolen}` };
        // Taken, and read by nobody: the run's own grant goes along.
        const got = await op(instance, "services", { path, headers, grant: stolen }, own);
        expect(got.refused ?? "").not.toContain("GRANT");
      },
    },
  },
};

async function attempt(instance: Instance, deed: Deed): Promise<Outcome> {
  switch (deed.kind) {
    case "environment":
      return await tell(instance, ["env"]);
    case "read-file":
      return await tell(instance, ["read", deed.path]);
    case "write-file":
      return await tell(instance, ["write", deed.path]);
    case "fetch": {
      const made = await op(instance, "http.fetch", { url: deed.url });
      const { status, text } = JSON.parse(made.got ?? "{}") as { status?: number; text?: string };
      if (status === undefined) return made;
      return status >= 200 && status < 300 ? { got: text ?? "" } : { refused: `${status} ${text}` };
    }
    case "connect":
      return await tell(instance, [
        "connect",
        deed.host.includes(":") ? `[${deed.host}]:${deed.port}` : `${deed.host}:${deed.port}`,
      ]);
    case "services":
      return await op(instance, "services", { path: deed.path }, deed.grant);
    case "claim-instance": {
      const headers = { "berth-instance": deed.instanceId };
      return await op(instance, "services", { path: deed.path, headers, instanceId: deed.instanceId }, deed.grant);
    }
    case "print":
      return await tell(instance, ["print", deed.text]);
    case "memory-hog":
      return await tell(instance, ["hog"]);
    case "spin":
      return await tell(instance, ["spin"]);
    default:
      throw new Error(`${deed.kind} is impossible`);
  }
}

async function tell(instance: Instance, lines: readonly string[], grant?: string): Promise<Outcome> {
  const task = await send(instance, { text: lines.join("\n"), ...(grant === undefined ? {} : { grant }) });
  const { got, code, said } = gotBy(task) as { got?: JsonValue; code?: string; said?: string };
  if (code !== undefined) return { refused: code };
  if (got === undefined) return { refused: /AGENT_[A-Z_]+/.exec(said ?? "")?.[0] ?? said ?? "" };
  return { got: typeof got === "string" ? got : JSON.stringify(got) };
}

async function op(instance: Instance, name: string, input: object, grant?: string): Promise<Outcome> {
  const { got, ...ended } = await tell(instance, ["ops", name, JSON.stringify(input)], grant);
  if (got === undefined) return ended;
  const [answer] = JSON.parse(got) as [{ ok?: JsonValue; error?: { reason: string; message: string } }];
  if (answer.error !== undefined) return { refused: `${answer.error.reason} ${answer.error.message}` };
  return { got: JSON.stringify(answer.ok) };
}
