import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PROXY_FORMS, SERVICES } from "./at-the-doors.ts";
import type { Behaviour } from "./behaviour.ts";
import { FILES, KERNEL } from "./in-the-jail.ts";
import { NETWORK } from "./on-the-network.ts";
import { TO_THE_END } from "./to-the-end.ts";
import { openWorld } from "./world.ts";
import type { World, WorldSandbox } from "./world.ts";

const GROUPS: Readonly<Record<string, readonly Behaviour[]>> = {
  files: FILES,
  kernel: KERNEL,
  network: NETWORK,
  "the way out": PROXY_FORMS,
  services: SERVICES,
  "to the end": TO_THE_END,
};

/** Where the listed names point; the second answer of `rebind.test` is the one that must not be used. */
const ADDRESSES: Readonly<Record<string, readonly string[]>> = {
  "meta.test": ["169.254.169.254"],
  "loop.test": ["127.0.0.1"],
  "mixed.test": ["93.184.216.34", "10.0.0.1"],
  "rebind.test": ["127.0.0.1"],
  "listed.test": ["10.0.0.2"],
};

/** The whole corpus against one driver: what holds does not depend on which it is. */
export function describeHostileCorpus(name: string, sandbox: WorldSandbox): void {
  describe(name, () => {
    let world: World;
    beforeAll(async () => {
      const resolve = async (host: string): Promise<readonly string[]> => ADDRESSES[host] ?? [];
      const egress = ["169.254.169.254:80", ...Object.keys(ADDRESSES).map((host) => `${host}:80`)];
      world = await openWorld(sandbox, { resolve }, egress);
    });
    afterAll(async () => await world[Symbol.asyncDispose]());

    describe.each(Object.entries(GROUPS))("a hostile agent, %s", (_group, behaviours) => {
      it.each(behaviours)("$id: may $tries; $holds", async ({ attempt }) => {
        const loot = await attempt(world);
        await world.assertUnharmed(loot);
      });
    });

    it("finds a secret in what an agent got, were there one", async () => {
      await expect(world.assertUnharmed({ got: readFileSync(world.secretFile, "utf8") })).rejects.toThrow("a secret");
    });

    it("tries at least 60 things, each once, and each refusal at the way out is on record", () => {
      const ids = Object.values(GROUPS).flatMap((behaviours) => behaviours.map(({ id }) => id));
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.length).toBeGreaterThanOrEqual(60);
      expect(world.decisions.filter(({ decision }) => decision === "allowed")).toEqual([]);
      expect(world.decisions.length).toBeGreaterThanOrEqual(10);
    });
  });
}
