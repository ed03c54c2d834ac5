import { join } from "node:path";
import { parseTrustPolicy, verifyBundle } from "@berth/ledger";
import type { TrustPolicy } from "@berth/ledger";
import { PlatformProcess, deployFolder, waitFor } from "@berth/testing";
import type { LoopDisk } from "../../../packages/store/test/loop-disk.ts";
import type { Dice } from "./dice.ts";
import { killAll, postmasterPid, serverPids } from "./embedded-server.ts";
import { LedgerHistory } from "./ledger-history.ts";
import { Load } from "./load.ts";
import type { Refusal } from "./load.ts";
import { writePricedAgent } from "./priced-agent.ts";

/**
 * What goes wrong in a cycle. `anywhere`, `sealing`: kill -9 of the platform, at any moment or right after a run has
 * ended. `everybody`: of its PostgreSQL too. `database`: of PostgreSQL alone. `full`, `broken`: ENOSPC, EIO.
 */
export type Fault = "anywhere" | "sealing" | "everybody" | "database" | "full" | "broken";

const SETTLE_TIMEOUT_MS = 30_000;
const SAMPLES = 2;

interface LedgerCheck {
  readonly tasks: number;
  readonly receipts: number;
  readonly journals: number;
  readonly pending: number;
  readonly differences: readonly string[];
}

interface CyclesOptions {
  readonly home: string;
  /** The one that `home` is on, where it can be made to fail. */
  readonly disk: LoopDisk | undefined;
  readonly dice: Dice;
  /** A folder on another disk, for what the platform is given. */
  readonly scratch: string;
}

/** One home, killed and started again and again. Life: `open` → `run` per cycle → `check` when wanted → `close`. */
export class Cycles implements AsyncDisposable {
  readonly #options: CyclesOptions;
  readonly #history: LedgerHistory;
  readonly #trust: TrustPolicy;
  #platform: PlatformProcess;
  /** Completed in the last cycle: their receipts are verified, and some refunded, in this one. */
  #completed: readonly string[] = [];
  readonly #refunded = new Set<string>();
  readonly refusals: Refusal[] = [];
  acknowledged = 0;
  verified = 0;

  private constructor(
    platform: PlatformProcess,
    options: CyclesOptions,
    known: { history: LedgerHistory; trust: TrustPolicy },
  ) {
    this.#platform = platform;
    this.#options = options;
    this.#history = known.history;
    this.#trust = known.trust;
  }

  static async open(options: CyclesOptions): Promise<Cycles> {
    const platform = await start(options);
    await deployFolder(platform, await writePricedAgent(options.scratch));
    const history = await LedgerHistory.of(platform);
    const trust = parseTrustPolicy(await (await platform.fetch("/ledger/keys")).text());
    return new Cycles(platform, options, { history, trust });
  }

  get platform(): PlatformProcess {
    return this.#platform;
  }

  /** @throws Error when something acknowledged was lost, or the log is not a continuation of what it was. */
  async run(fault: Fault): Promise<void> {
    const load = new Load(this.#platform, this.#options.dice, this.#completed);
    await waitFor("a first acknowledgement", () => load.acknowledged.size > 0, SETTLE_TIMEOUT_MS);
    await this.#goOn(this.#options.dice.roll(400));
    await this.#history.follow(this.#platform);
    await this.#verifySamples();
    await this.#strike(fault, load);
    await load.stop();
    await this.#history.follow(this.#platform);
    await this.#settled([...load.acknowledged]);
    this.acknowledged += load.acknowledged.size;
    this.refusals.push(...load.refusals);
    this.#completed = load.completed;
    for (const receiptId of load.refunded) this.#refunded.add(receiptId);
  }

  async #strike(fault: Fault, load: Load): Promise<void> {
    switch (fault) {
      case "anywhere":
        await this.#platform.kill();
        return await this.#restart(load);
      case "sealing": {
        const { length } = load.completed;
        await waitFor("a run that ends", () => load.completed.length > length);
        await this.#goOn(this.#options.dice.roll(120));
        await this.#platform.kill();
        return await this.#restart(load);
      }
      case "everybody":
        await this.#killEverybody();
        return await this.#restart(load);
      case "database":
        process.kill(postmasterPid(this.#options.home), "SIGKILL");
        return await this.#recovered(load);
      case "full":
        this.#options.disk?.fill();
        await this.#refused(load);
        await this.#goOn(this.#options.dice.roll(400));
        this.#options.disk?.free();
        return await this.#recovered(load);
      case "broken":
        this.#options.disk?.breakDown();
        await this.#refused(load);
        await this.#goOn(this.#options.dice.roll(400));
        await this.#killEverybody();
        await this.#options.disk?.unmount();
        this.#options.disk?.mount();
        return await this.#restart(load);
    }
  }

  async #killEverybody(): Promise<void> {
    const killed = this.#platform.kill();
    killAll(serverPids(this.#options.home));
    await killed;
  }

  async #restart(load: Load): Promise<void> {
    await load.stop();
    this.#platform = await start(this.#options);
  }

  /** By itself: the same process answers again. */
  async #recovered(load: Load): Promise<void> {
    const { size } = load.acknowledged;
    await waitFor(
      "the platform to take calls again",
      async () => {
        await load.probe();
        return load.acknowledged.size > size;
      },
      SETTLE_TIMEOUT_MS,
    );
  }

  async #refused(load: Load): Promise<void> {
    await waitFor(
      "a refusal",
      async () => {
        await load.probe();
        return load.refusals.length > 0;
      },
      SETTLE_TIMEOUT_MS,
    );
  }

  async #settled(taskIds: readonly string[]): Promise<void> {
    const open = new Set(taskIds);
    await waitFor(
      `${taskIds.length} acknowledged tasks to end`,
      async () => {
        await Promise.all(
          [...open].map(async (taskId) => {
            const response = await this.#platform.fetch(`/v1/tasks/${taskId}`);
            if (response.status === 404) throw new Error(`the acknowledged task ${taskId} is lost`);
            if (response.status !== 200) return;
            const { task } = (await response.json()) as { task: { status: { state: string } } };
            if (/_(COMPLETED|FAILED|CANCELED|REJECTED)$/.test(task.status.state)) open.delete(taskId);
          }),
        );
        return open.size === 0;
      },
      SETTLE_TIMEOUT_MS,
    );
  }

  async #verifySamples(): Promise<void> {
    for (let count = 0; count < SAMPLES; count++) {
      const taskId = this.#options.dice.pick(this.#completed);
      if (taskId !== undefined) await this.#verify(taskId);
    }
  }

  async #verify(taskId: string): Promise<void> {
    const headers = { accept: "application/vnd.berth.receipt-bundle+json" };
    const bundle = await waitFor(`the receipt of ${taskId}`, async () => {
      const response = await this.#platform.fetch(`/agents/worker/runs/${taskId}/receipt`, { headers });
      return response.status === 200 ? await response.text() : undefined;
    });
    const { statement } = await verifyBundle(bundle, { trust: this.#trust });
    if (statement.predicate.run.id !== taskId) throw new Error(`the bundle of ${taskId} is of another task`);
    this.verified += 1;
  }

  /** The three-way check, when everything is sealed; and every acknowledged refund stands in the log as an addendum. */
  async check(): Promise<LedgerCheck> {
    const check = await waitFor(
      "every receipt",
      async () => {
        const found = (await (await this.#platform.fetch("/v1/ledger/check")).json()) as LedgerCheck;
        return found.pending === 0 ? found : undefined;
      },
      SETTLE_TIMEOUT_MS,
    );
    for (const receiptId of this.#refunded) {
      await waitFor(`the addendum of a refund of ${receiptId}`, async () => {
        const receipt = await (await this.#platform.fetch(`/v1/receipts/${receiptId}`)).json();
        const { addenda = [] } = receipt as { addenda?: readonly { kind: string }[] };
        const { journals = [] } = (await (
          await this.#platform.fetch(`/v1/journals?task=${(receipt as { taskId: string }).taskId}`)
        ).json()) as { journals?: readonly object[] };
        return addenda.filter(({ kind }) => kind === "adjust").length === journals.length - 1;
      });
    }
    this.#refunded.clear();
    return check;
  }

  /** Lets the load go on: this is the moment of the fault, and not a wait for anything. */
  async #goOn(ms: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, ms));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#platform.stop();
  }
}

async function start({ home, scratch }: CyclesOptions): Promise<PlatformProcess> {
  // Compiled modules are kept from start to start: half of a start is reading the source.
  const env = { BERTH_RATE_LIMIT: "off", NODE_COMPILE_CACHE: join(scratch, "compiled") };
  return await PlatformProcess.start({ home, env });
}
