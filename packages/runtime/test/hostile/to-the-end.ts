import { expect } from "vitest";
import type { Instance } from "../../src/sandbox-driver.ts";
import type { StartOverrides } from "../../src/sandbox-driver.contract.ts";
import { tempt } from "../sandbox/malicious.ts";
import type { Behaviour } from "./behaviour.ts";
import type { World } from "./world.ts";

/** Tried with an agent of its own, which is stopped then: nothing of it may be left. */
function alone(
  id: string,
  [tries, holds]: readonly [tries: string, holds: string],
  overrides: StartOverrides,
  attempt: (agent: Instance, world: World) => Promise<unknown>,
): Behaviour {
  return {
    id,
    tries,
    holds,
    attempt: async (world) => {
      const agent = await world.start(id, overrides);
      const loot = await attempt(agent, world);
      await agent.stop(0);
      await agent.exited;
      const left = (await world.leftovers()).filter((each) => each.includes(id));
      expect(left, "what it left").toEqual([]);
      return loot;
    },
  };
}

async function doneWithin(agent: Instance, deed: string, options: Record<string, unknown>): Promise<unknown> {
  return await tempt(agent, deed, options).catch((error: unknown) => String(error));
}

export const TO_THE_END: readonly Behaviour[] = [
  alone(
    "fork-bomb",
    ["fork without end", "its own bound of processes"],
    { limits: { processes: 40 } },
    async (agent) => {
      await tempt(agent, "forkBomb");
      await expect
        .poll(async () => JSON.stringify(await tempt(agent, "run", { file: "/usr/bin/true", args: [] })), {
          timeout: 10_000,
        })
        .toContain("EAGAIN");
      const { processes } = await agent.stats();
      expect(processes).toBeLessThanOrEqual(42);
    },
  ),
  alone("memory-hog", ["use all memory", "it is ended"], { limits: { memoryMb: 120 } }, async (agent) => {
    for (let i = 0; i < 50 && !(await isOver(agent)); i++) await doneWithin(agent, "hog", { bytes: 20e6 });
    expect((await agent.exited).reason).toBe("AGENT_OUT_OF_MEMORY");
  }),
  alone(
    "processor-hog",
    ["use the whole processor", "its share; others go on"],
    { limits: { cpu: 0.2 } },
    async (agent, world) => {
      const spinning = doneWithin(agent, "spin", { ms: 500 });
      expect(await tempt(world.sibling, "env")).toHaveProperty("got");
      await spinning;
    },
  ),
  alone("daemon", ["leave a process behind that outlives it", "it ends with it"], {}, async (agent) => {
    await tempt(agent, "daemonize", { program: "sleep 600" });
  }),
  alone("time-bomb", ["act after it was stopped", "nothing of it is left to act"], {}, async (agent) => {
    await tempt(agent, "daemonize", { program: "while (1) { sleep 1; kill 9, -1 }" });
  }),
  alone("kill-all", ["kill every process it can", "only its own"], {}, async (agent) => {
    await doneWithin(agent, "killAll", {});
  }),
  alone(
    "socket-link",
    ["put a link to a host socket where the platform connects", "it is not followed"],
    {},
    async (agent, world) => {
      await tempt(agent, "replaceSocket", { target: world.hostSocket });
      await doneWithin(agent, "env", {});
    },
  ),
  alone(
    "log-flood",
    ["carry a secret out by its log, and flood it", "lines of its own log, cut"],
    {},
    async (agent, world) => {
      await tempt(agent, "print", { text: "x".repeat(100_000) });
      await expect.poll(() => world.output.some((line) => line.startsWith("xxx"))).toBe(true);
      for (const line of world.output) expect(line.length).toBeLessThanOrEqual(16 * 1024);
    },
  ),
  alone("log-control", ["drive the terminal of whoever reads its log", "a line is data"], {}, async (agent, world) => {
    await tempt(agent, "print", { text: "ctl\u001b]0;owned\u0007\r\nforged: platform says hello" });
    await expect.poll(() => world.output.some((line) => line.includes("forged"))).toBe(true);
  }),
];

async function isOver(agent: Instance): Promise<boolean> {
  return await Promise.race([agent.exited.then(() => true), Promise.resolve(false)]);
}
