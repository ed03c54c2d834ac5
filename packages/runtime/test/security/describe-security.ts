import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ATTEMPTS } from "./attempts.ts";
import type { Attempt } from "./attempts.ts";
import type { Outcome, SandboxPrograms } from "./sandbox-programs.ts";
import { openSecurityWorld } from "./world.ts";
import type { SecurityWorld } from "./world.ts";

/**
 * One policy, one table of attempts, the same result on each driver. What cannot be tried on a driver is proved to be so;
 * nothing is left out.
 */
export function describeSecurity(programs: SandboxPrograms): void {
  describe(`the ${programs.name} driver holds an agent to its policy`, () => {
    let hostile: SecurityWorld;
    let reachable: SecurityWorld;
    beforeAll(async () => {
      hostile = await openSecurityWorld(programs, false);
      reachable = await openSecurityWorld(programs, true);
    });
    afterAll(async () => {
      await hostile[Symbol.asyncDispose]();
      await reachable[Symbol.asyncDispose]();
    });

    it.each(ATTEMPTS)("$area: may $tries; $holds", async (attempt) => {
      const world = attempt.reachable === true ? reachable : hostile;
      const deed = attempt.deed(world);
      const impossible = programs.impossible[deed.kind];
      const outcome = impossible === undefined ? await tryOut(attempt, world) : {};
      if (impossible !== undefined) await impossible.proof(world.agent, deed);
      await world.assertUnharmed(JSON.stringify(outcome));
    });

    it("finds a secret in what an agent got, were there one", async () => {
      const secret = readFileSync(hostile.hostFile, "utf8");
      await expect(hostile.assertUnharmed(secret)).rejects.toThrow("a secret");
    });

    const tryOut = async (attempt: Attempt, world: SecurityWorld): Promise<Outcome> => {
      const deed = attempt.deed(world);
      if (attempt.alone === undefined) {
        const outcome = await programs.attempt(world.agent, deed);
        await attempt.expected(outcome, world, world.agent);
        return outcome;
      }
      const before = new Set(await world.leftovers());
      const agent = await world.start(deed.kind, attempt.alone);
      const trying = programs.attempt(agent, deed).catch((error: unknown): Outcome => ({ refused: String(error) }));
      if (deed.kind === "spin") {
        await expect.poll(async () => (await agent.stats()).cpuMs, { timeout: 20_000 }).toBeGreaterThan(100);
        await world.assertUnharmed("");
      } else await attempt.expected(await trying, world, agent);
      await agent.stop(0);
      expect((await agent.exited).reason).toMatch(deed.kind === "memory-hog" ? /./ : /^STOPPED$/);
      const outcome = await trying;
      if (deed.kind === "spin") await attempt.expected(outcome, world, agent);
      expect((await world.leftovers()).filter((left) => !before.has(left))).toEqual([]);
      return outcome;
    };
  });
}
