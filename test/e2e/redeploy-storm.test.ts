import { randomInt } from "node:crypto";
import { PlatformProcess, deployFolder, temporaryFolder } from "@berth/testing";
import { expect, test } from "vitest";
import { checkStorm } from "./storm/check-storm.ts";
import { killAnInstance } from "./storm/kill-instances.ts";
import { Redeploys } from "./storm/redeploys.ts";
import { StormLoad } from "./storm/storm-load.ts";
import { writeStormSource } from "./storm/storm-source.ts";

const LONG = process.env["TEST_LONG"] === "1";
const REDEPLOYS = LONG ? 500 : 12;
const KILLED_REDEPLOYS = LONG ? 250 : 4;
const TIMEOUT_MS = LONG ? 3_600_000 : 180_000;
const CALLERS = { streams: 3, calls: 2, conversations: 1 };

test(
  `${REDEPLOYS} redeploys, rollbacks and canaries under load fail no call and lose or double no event`,
  { timeout: TIMEOUT_MS },
  async () => {
    await using storm = await Storm.open({ mayBeDown: false });
    for (let i = 0; i < REDEPLOYS; i++) await storm.redeploy();
    await storm.load.stop();
    const report = await checkStorm(storm.load, storm.redeploys.versions);
    expect(report).toMatchObject({ problems: [], failures: {} });
    expect(Object.values(storm.redeploys.done).reduce((sum, count) => sum + count, 0)).toBe(REDEPLOYS);
  },
);

test(
  `${KILLED_REDEPLOYS} redeploys with kill -9 of instances: every acknowledged send ends once, with one receipt`,
  { timeout: TIMEOUT_MS },
  async () => {
    await using storm = await Storm.open({ mayBeDown: true });
    let kills = 0;
    for (let i = 0; i < KILLED_REDEPLOYS; i++) {
      // A health check may be what is killed: then that redeploy is one that failed.
      const redeploy = storm.redeploy().catch(() => undefined);
      if (await killAnInstance(storm.platform.pid, Math.random)) kills += 1;
      await redeploy;
      if (await killAnInstance(storm.platform.pid, Math.random)) kills += 1;
    }
    await storm.load.stop();
    const report = await checkStorm(storm.load, storm.redeploys.versions);
    expect(report.problems).toEqual([]);
    expect(kills).toBeGreaterThan(0);
    expect(report.completed).toBeGreaterThan(0);
  },
);

test(
  `${KILLED_REDEPLOYS} redeploys with kill -9 of the platform: every acknowledged send ends once, and streams go on where they were`,
  { timeout: TIMEOUT_MS },
  async () => {
    await using storm = await Storm.open({ mayBeDown: true });
    for (let i = 0; i < KILLED_REDEPLOYS; i++) {
      const redeploy = storm.redeploy().catch(() => undefined);
      if (i % 2 === 1) await storm.restart(randomInt(50, 1_500));
      await redeploy;
    }
    await storm.load.stop();
    const report = await checkStorm(storm.load, storm.redeploys.versions);
    expect(report.problems).toEqual([]);
    expect(report.completed).toBeGreaterThan(0);
  },
);

/** A platform with the agent "storm" under load, and what redeploys it. */
class Storm implements AsyncDisposable {
  platform: PlatformProcess;
  readonly load: StormLoad;
  readonly redeploys: Redeploys;
  readonly #folder: ReturnType<typeof temporaryFolder>;

  private constructor(
    platform: PlatformProcess,
    folder: ReturnType<typeof temporaryFolder>,
    options: { readonly mayBeDown: boolean },
  ) {
    this.platform = platform;
    this.#folder = folder;
    const { url, token } = platform;
    this.load = new StormLoad({ url: () => url, token: () => token, ...options });
    this.redeploys = new Redeploys(folder.path, () => ({ url, token }));
  }

  static async open(options: { readonly mayBeDown: boolean }): Promise<Storm> {
    const folder = temporaryFolder();
    const platform = await PlatformProcess.start({ home: `${folder.path}/home` });
    await deployFolder(platform, await writeStormSource(folder.path, "first"));
    const storm = new Storm(platform, folder, options);
    storm.load.start(CALLERS);
    return storm;
  }

  async redeploy(): Promise<void> {
    await this.redeploys.one();
    this.load.aged();
  }

  /** Kills the platform after a while, whatever it does then, and starts it again at the same address. */
  async restart(afterMs: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    const { home, url } = this.platform;
    await this.platform.kill();
    this.platform = await PlatformProcess.start({ home, port: Number(new URL(url).port) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.load.stop().catch(() => undefined);
    await this.platform.stop();
    this.#folder[Symbol.dispose]();
  }
}
