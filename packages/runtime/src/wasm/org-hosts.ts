import { PlatformError } from "@berth/protocol";
import type { SandboxDriver } from "../sandbox-driver.ts";
import { OrgHost } from "./org-host.ts";

export interface OrgHostsOptions {
  readonly driver: () => Promise<SandboxDriver>;
  readonly folder: () => Promise<string>;
  readonly memoryMb: number;
  readonly cores: number;
  readonly log: (line: string) => void;
}

/** A host without agents stays this long: the next wake is then without a process start. */
const IDLE_MS = 10 * 60_000;
const LOOK_MS = 60_000;

/** The hosts by organization, each started by the first agent that needs it. */
export class OrgHosts {
  readonly #options: OrgHostsOptions;
  readonly #hosts = new Map<string, Promise<OrgHost>>();
  readonly #emptySince = new Map<string, number>();
  #look: NodeJS.Timeout | undefined;
  #count = 0;
  #closed = false;

  constructor(options: OrgHostsOptions) {
    this.#options = options;
  }

  /** The start goes on when `signal` fires: it is for all who wait. */
  async of(orgId: string, signal: AbortSignal): Promise<OrgHost> {
    if (this.#closed) throw new PlatformError("SHUTTING_DOWN", "The platform is shutting down.");
    let starting = this.#hosts.get(orgId);
    if (starting === undefined) {
      starting = this.#start(orgId);
      this.#hosts.set(orgId, starting);
      starting.catch(() => this.#hosts.delete(orgId));
      this.#look ??= setInterval(() => void this.#stopIdle(), LOOK_MS).unref();
    }
    return await untilAborted(starting, signal);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#look);
    await Promise.all([...this.#hosts.values()].map(async (host) => await (await host.catch(() => undefined))?.stop()));
  }

  async #start(orgId: string): Promise<OrgHost> {
    const { driver, folder, ...rest } = this.#options;
    this.#count++;
    const hostId = `wasm-host-${orgId}-${this.#count}`;
    const host = await OrgHost.start({ ...rest, driver: await driver(), folder: await folder(), orgId, hostId });
    void host.instance.exited.then(() => this.#hosts.delete(orgId));
    return host;
  }

  async #stopIdle(): Promise<void> {
    for (const [orgId, starting] of this.#hosts) {
      const host = await starting.catch(() => undefined);
      if (host?.isEmpty !== true) this.#emptySince.delete(orgId);
      else if (!this.#emptySince.has(orgId)) this.#emptySince.set(orgId, performance.now());
      else if (performance.now() - (this.#emptySince.get(orgId) ?? 0) > IDLE_MS) {
        this.#emptySince.delete(orgId);
        this.#hosts.delete(orgId);
        await host.stop();
      }
    }
  }
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const fail = (): void => {
      // The caller looks at which of its signals it was.
      reject(signal.reason as Error);
    };
    if (signal.aborted) return fail();
    signal.addEventListener("abort", fail, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", fail));
    return undefined;
  });
}
