import type { AgentCanaryConfig } from "@berth/protocol";
import { createPlatformClient } from "@berth/sdk/client";
import type { PlatformClient, TrafficInfo } from "@berth/sdk/client";
import { packFolder } from "@berth/deploy/pack";
import { waitFor } from "@berth/testing";
import { writeStormSource } from "./storm-source.ts";

const PATIENCE_MS = 120_000;
const FAST: Partial<AgentCanaryConfig> = { percent: 50, minCalls: 3, maxErrorRate: 1, windowSeconds: 600 };
/** No call is that fast, so its first ones take it back without one of them failing. */
const TOO_SLOW: Partial<AgentCanaryConfig> = { ...FAST, maxP95Ms: 1 };

/** Redeploys in turn in every way there is. Counts what it did. */
export class Redeploys {
  readonly done: Record<"deployed" | "rolledBack" | "promoted" | "takenBack" | "split", number> = {
    deployed: 0,
    rolledBack: 0,
    promoted: 0,
    takenBack: 0,
    split: 0,
  };
  /** Which version each release is. */
  readonly versions: Map<string, string> = new Map<string, string>();
  readonly #folder: string;
  readonly #door: () => { readonly url: string; readonly token: string };
  #next = 0;

  constructor(folder: string, door: () => { readonly url: string; readonly token: string }) {
    this.#folder = folder;
    this.#door = door;
  }

  /** The next one. @throws what the platform answers, which while it is killed may be anything */
  async one(): Promise<void> {
    const platform = createPlatformClient(this.#door());
    const turn = this.#next;
    this.#next += 1;
    switch (turn % 6) {
      case 2:
        await platform.traffic.rollback("storm");
        this.done.rolledBack += 1;
        return;
      case 3:
        await this.#canary(platform, turn, FAST, "promoted");
        this.done.promoted += 1;
        return;
      case 4:
        await this.#canary(platform, turn, TOO_SLOW, "rolled_back");
        this.done.takenBack += 1;
        return;
      case 5:
        await this.#split(platform, turn);
        this.done.split += 1;
        return;
      default:
        await this.#deploy(platform, turn);
        this.done.deployed += 1;
    }
  }

  async #canary(
    platform: PlatformClient,
    turn: number,
    canary: Partial<AgentCanaryConfig>,
    outcome: TrafficInfo["ended"][number]["outcome"],
  ): Promise<void> {
    const release = await this.#deploy(platform, turn, canary);
    const ended = await waitFor(
      `the canary ${release} to end`,
      async () => (await platform.traffic.get("storm")).ended.find((each) => each.release === release),
      PATIENCE_MS,
    );
    if (ended.outcome !== outcome) throw new Error(`the canary ended ${ended.outcome}: ${ended.reason}`);
  }

  async #split(platform: PlatformClient, turn: number): Promise<void> {
    const release = await this.#deploy(platform, turn, undefined, "none");
    const { active, version } = await platform.traffic.get("storm");
    const shares = [
      { release: active, percent: 60 },
      { release, percent: 40 },
    ];
    await platform.traffic.split("storm", shares, { version });
    await platform.traffic.promote("storm", release);
  }

  async #deploy(
    platform: PlatformClient,
    turn: number,
    canary?: Partial<AgentCanaryConfig>,
    traffic?: "none",
  ): Promise<string> {
    const version = `v${turn}`;
    const { archive } = await packFolder(await writeStormSource(this.#folder, version, canary));
    const { deploymentId } = await platform.deployments.create({
      source: archive,
      ...(traffic === undefined ? {} : { traffic }),
    });
    for await (const update of platform.deployments.follow(deploymentId)) {
      if (update.kind !== "done") continue;
      const { status, release, error } = update.deployment;
      if (status !== "live") throw new Error(`deployment ${turn} ended ${status}: ${JSON.stringify(error)}`);
      this.versions.set(release, version);
      return release;
    }
    throw new Error(`deployment ${turn} has no end`);
  }
}
