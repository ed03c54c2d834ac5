import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "@berth/testing";
import { expect, test } from "vitest";
import { LoopDisk, canMountLoop } from "../../packages/store/test/loop-disk.ts";
import { Cycles } from "./proof/cycles.ts";
import type { Fault } from "./proof/cycles.ts";
import { Dice } from "./proof/dice.ts";

const A2A = fileURLToPath(new URL("../../apps/cli/bin/a2a.mjs", import.meta.url));
const LONG = process.env["TEST_LONG"] === "1";
const CYCLES = Number(process.env["PROOF_CYCLES"] ?? (LONG ? 1_000 : 20));
const SEED = Number(process.env["PROOF_SEED"] ?? Date.now() % 2 ** 31);
const CHECK_EVERY = 50;

/** In this order, over and over: the seed decides when in a cycle it strikes. */
const KILLS: readonly Fault[] = ["anywhere", "sealing", "anywhere", "sealing", "everybody"];
const FAULTS: readonly Fault[] = [...KILLS, "database", ...KILLS, "full", ...KILLS, "broken"];

test(
  `${CYCLES} cycles of kill -9 and write errors lose nothing and leave one receipt and one balanced journal per task`,
  { timeout: 60_000 + CYCLES * 10_000 },
  async () => {
    using folder = temporaryFolder();
    chmodSync(folder.path, 0o755);
    const dice = new Dice(SEED);
    await using stack = new AsyncDisposableStack();
    // Disks that fail need a disk of our own (root, loop devices); where there is none, processes are killed only.
    const disk = canMountLoop() ? new LoopDisk(join(folder.path, "disk.img"), join(folder.path, "disk")) : undefined;
    disk?.format(LONG ? "8G" : "1G");
    disk?.mount();
    stack.defer(async () => await disk?.unmount());
    // Directly in the folder, which removes what a home has elsewhere; and open to the database's user.
    const home = disk?.folder ?? join(folder.path, "disk");
    mkdirSync(home, { recursive: true });
    chmodSync(home, 0o755);
    const faults = FAULTS.filter((fault) => disk !== undefined || !["full", "broken"].includes(fault));
    const cycles = stack.use(await Cycles.open({ home, disk, dice, scratch: folder.path }));
    const took: number[] = [];
    for (let index = 0; index < CYCLES; index++) {
      const fault = faults[index % faults.length] ?? "anywhere";
      const begun = performance.now();
      await cycles.run(fault).catch((cause: unknown) => {
        const log = cycles.platform.log.slice(-4_000);
        throw new Error(`cycle ${index} (${fault}) of PROOF_SEED=${SEED}: ${String(cause)}\n${log}`, { cause });
      });
      took.push(performance.now() - begun);
      if ((index + 1) % CHECK_EVERY === 0) expect(await cycles.check()).toMatchObject({ differences: [] });
    }
    const { tasks, receipts, journals, differences } = await cycles.check();
    expect({ receipts, journals, differences }).toEqual({ receipts: tasks, journals: tasks, differences: [] });
    expect(tasks).toBeGreaterThanOrEqual(cycles.acknowledged);
    const { url, token } = cycles.platform;
    const env = { ...process.env, BERTH_URL: url, BERTH_TOKEN: token };
    const told = execFileSync(process.execPath, [A2A, "ledger", "check"], { env, encoding: "utf8" });
    expect(told).toContain("differences");
    // What is refused while nothing can be written is refused for that, and says what to do.
    const isClear = (text: string): boolean => text.includes('"STORE_UNAVAILABLE"') && text.includes('"hint"');
    const unclear = cycles.refusals.filter(({ status, text }) => status >= 500 && !(status === 503 && isClear(text)));
    expect(unclear).toEqual([]);
    const mean = took.reduce((sum, ms) => sum + ms, 0) / took.length;
    process.stderr.write(
      `${CYCLES} cycles, PROOF_SEED=${SEED}: ${tasks} tasks (${cycles.acknowledged} acknowledged), ` +
        `${cycles.verified} bundles verified, ${Math.round(mean)} ms per cycle, faults: ${[...new Set(faults)].join(", ")}\n`,
    );
  },
);
