import { readFileSync } from "node:fs";
import { expect } from "vitest";
import type { ProcessDriver } from "../../src/process/process-driver.ts";
import type { Instance, SandboxDriver } from "../../src/sandbox-driver.ts";
import type { WorldSandbox } from "../hostile/world.ts";
import { withoutWaiting } from "../sandbox/harness.ts";
import { tempt } from "../sandbox/malicious.ts";
import type { Loot } from "../sandbox/malicious.ts";
import type { Deed, Outcome, SandboxPrograms } from "./sandbox-programs.ts";

const SOURCE = new URL("../fixtures/malicious-agent.cjs", import.meta.url);

/** For each driver whose agents are programs of Node: with processes, files and sockets of their own. */
export function nodePrograms(name: string, sandbox: WorldSandbox, entry = "agent.cjs"): SandboxPrograms {
  return {
    name,
    open: async (network) => {
      const harness = await sandbox.openHarness();
      const driver = sandbox.createDriver({ home: harness.home, network });
      await driver.probe();
      return {
        ...harness,
        driver,
        ...(isWarm(driver) ? { leftovers: async () => await withoutWaiting(driver, () => harness.leftovers()) } : {}),
        async [Symbol.asyncDispose]() {
          await driver.close();
          await harness[Symbol.asyncDispose]();
        },
      };
    },
    source: () => readFileSync(SOURCE, "utf8"),
    overrides: { entry },
    attempt,
    impossible: {},
  };
}

/** Its jails that wait are nobody's leftovers. */
function isWarm(driver: SandboxDriver): driver is ProcessDriver {
  return "warmJails" in driver;
}

async function attempt(agent: Instance, deed: Deed): Promise<Outcome> {
  switch (deed.kind) {
    case "environment":
      return outcomeOf(await tempt(agent, "env"));
    case "read-file":
      return outcomeOf(await tempt(agent, "read", { path: deed.path }));
    case "write-file":
      return outcomeOf(await tempt(agent, "write", { path: deed.path }));
    case "fetch":
      return fetched(await tempt(agent, "fetch", { url: deed.url }));
    case "connect": {
      const { got } = await tempt(agent, "connect", { host: deed.host, port: deed.port });
      return got === "connected" ? { got } : { refused: String(got) };
    }
    case "services":
      return await askServices(agent, deed.path, deed.grant);
    case "stolen-grant":
      return await askServices(agent, deed.path, deed.stolen);
    case "claim-instance":
      return await askServices(agent, deed.path, deed.grant, `berth-instance: ${deed.instanceId}\r\n`);
    case "print":
      return outcomeOf(await tempt(agent, "print", { text: deed.text }));
    case "memory-hog":
      return await hog(agent);
    case "spin":
      return outcomeOf(await tempt(agent, "spin", { ms: 3_600_000 }));
    case "fork-bomb":
      return await forkBomb(agent);
    default:
      return outcomeOf(await tempt(agent, "daemonize", { program: "sleep 600" }));
  }
}

function outcomeOf({ got, code }: Loot): Outcome {
  if (code !== undefined) return { refused: code };
  return { got: typeof got === "string" ? got : JSON.stringify(got) };
}

function fetched(loot: Loot): Outcome {
  const { status = 0, text = "" } = (loot.got ?? {}) as { status?: number; text?: string };
  return status >= 200 && status < 300 ? { got: text } : { refused: `${status} ${loot.cause ?? text}` };
}

async function askServices(agent: Instance, path: string, grant: string, headers = ""): Promise<Outcome> {
  const bytes = `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Grant ${grant}\r\n${headers}Connection: close\r\n\r\n`;
  const { got } = await tempt(agent, "talk", { to: "services", bytes });
  const { text } = got as { text: string };
  return text.startsWith("HTTP/1.1 2") ? { got: text } : { refused: text };
}

/** Until it is ended: what it holds by then cannot be said from inside. */
async function hog(agent: Instance): Promise<Outcome> {
  for (let round = 0; round < 200; round++) {
    const answered = await tempt(agent, "hog", { bytes: 20e6 }).catch(() => undefined);
    if (answered === undefined) return { refused: (await agent.exited).reason };
  }
  return { got: "4 GB" };
}

async function forkBomb(agent: Instance): Promise<Outcome> {
  await tempt(agent, "forkBomb");
  const another = async (): Promise<string> =>
    JSON.stringify(await tempt(agent, "run", { file: "/usr/bin/true", args: [] }));
  await expect.poll(another, { timeout: 20_000 }).toContain("EAGAIN");
  return { refused: "EAGAIN" };
}
