import { Pool } from "undici";
import type { PlatformError } from "@berth/protocol";
import type { Timers } from "../pool/timers.ts";
import type { Instance, InstanceExit, ReleaseSpec } from "../sandbox-driver.ts";
import { exitError, unresponsive } from "./agent-errors.ts";
import type { AgentRequest } from "./agent-wire.ts";
import { HangWatch } from "./hang-watch.ts";
import { CARD_PATH } from "./parse-card-text.ts";
import { HttpTransport } from "./http-transport.ts";

/** A broken connection is often the first sign of an exit; its reason comes when everything is cleaned up. */
const EXIT_WAIT_MS = 3_000;
const PROBE_TIMEOUT_MS = 10_000;
/** Any answer will do. */
const PROBE: AgentRequest = { method: "GET", path: CARD_PATH, headers: { accept: "application/json" } };
/** What an instance wrote before its end may still be on its way here. */
const LAST_BYTES_MS = 1_000;

export interface InstanceClientOptions {
  readonly timers: Timers;
  /** It left its health probe unanswered for so long, with calls open. */
  readonly onHung: (seconds: number) => void;
}

/** Kept-alive connections to the socket of one instance. Ends with the instance. */
export class InstanceClient {
  readonly http: HttpTransport;
  readonly hangs: HangWatch;
  #spec: ReleaseSpec;
  readonly #timers: Timers;
  #verdict: PlatformError | undefined;
  #exit: InstanceExit | undefined;
  /** Instead of a `then` on `exited` per call: those would pile up for as long as the instance lives. */
  readonly #exitListeners = new Set<(exit: InstanceExit) => void>();

  constructor(spec: ReleaseSpec, instance: Instance, { timers, onHung }: InstanceClientOptions) {
    this.#spec = spec;
    this.#timers = timers;
    // Servers like Express apps with a host check expect to be called by this name.
    const pool = new Pool("http://localhost", {
      socketPath: instance.socketPath,
      connections: Math.max(16, spec.scale.concurrency + 16),
      pipelining: 1,
      connectTimeout: 5_000,
      // Well below the 5 s after which Node and uvicorn close idle connections: a request must not meet that.
      keepAliveTimeout: 2_000,
      keepAliveTimeoutThreshold: 2_500,
      allowH2: false,
    });
    // Without a listener undici's connection errors are only in the handlers; with none at all they stay there.
    pool.on("connectionError", () => {});
    void instance.exited.then((exit) => {
      this.#exit = exit;
      for (const listener of this.#exitListeners) listener(exit);
      timers.after(LAST_BYTES_MS, () => void pool.destroy().catch(() => {}));
    });
    this.http = new HttpTransport({
      dispatcher: pool,
      bodyTimeoutMs: 0,
      ...(instance.headers === undefined ? {} : { headers: instance.headers }),
      timers,
      unresponsive: (what, cause) => unresponsive(this.#spec, what, cause),
      explain: async () => await this.#explain(),
    });
    this.hangs = new HangWatch({
      timers,
      hangMs: spec.hangMs,
      probe: async () => void (await this.http.request(PROBE, { timeoutMs: PROBE_TIMEOUT_MS })),
      onHung,
    });
  }

  /** The same release, as its next caller knows it: an agent gets its name only after its first health check. */
  set spec(spec: ReleaseSpec) {
    this.#spec = spec;
  }

  /** Why it is about to be stopped: calls that break with it are told so. */
  condemn(verdict: PlatformError): void {
    this.#verdict = verdict;
  }

  async #explain(): Promise<PlatformError | undefined> {
    if (this.#verdict !== undefined) return this.#verdict;
    const exit = await this.#exitWithin(EXIT_WAIT_MS);
    return exit === undefined ? undefined : exitError(this.#spec, exit);
  }

  #exitWithin(ms: number): Promise<InstanceExit | undefined> {
    if (this.#exit !== undefined) return Promise.resolve(this.#exit);
    return new Promise((resolve) => {
      const settle = (exit?: InstanceExit): void => {
        cancel();
        this.#exitListeners.delete(settle);
        resolve(exit);
      };
      const cancel = this.#timers.after(ms, settle);
      this.#exitListeners.add(settle);
    });
  }
}
