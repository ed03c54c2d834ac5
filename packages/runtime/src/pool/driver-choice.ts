import { PlatformError } from "@berth/protocol";
import type { ReleaseSpec, SandboxCapabilities, SandboxDriver } from "../sandbox-driver.ts";

interface Probed {
  readonly driver: SandboxDriver;
  readonly capabilities: SandboxCapabilities;
}

/** Drivers that run only what asks for them. */
const BY_NAME: ReadonlySet<string> = new Set(["wasm", "container"]);

/**
 * Which driver runs which release: a module or an image the one of its kind; of the others a trusted one may run
 * unconfined, everything else only where it is isolated. A program with a root of its own is never a module's, and has
 * its root only in a jail or a container, trusted or not.
 */
export class DriverChoice {
  readonly #drivers: readonly SandboxDriver[];
  readonly #log: (line: string) => void;
  readonly #probed: Promise<readonly Probed[]>;

  constructor(drivers: readonly SandboxDriver[], log: (line: string) => void) {
    this.#drivers = drivers;
    this.#log = log;
    this.#probed = this.#prepare();
    // Whoever asks gets the rejection; until then it is not one that nobody handles.
    this.#probed.catch(() => {});
  }

  async capabilities(): Promise<readonly SandboxCapabilities[]> {
    return (await this.#probed).map(({ capabilities }) => capabilities);
  }

  /** @throws PlatformError ISOLATION_UNAVAILABLE with what to do about it. */
  async driverFor(spec: ReleaseSpec): Promise<SandboxDriver> {
    const wanted = isolationOf(spec);
    if (spec.program !== undefined && wanted === "wasm") throw noModule(spec);
    const all = await this.#probed;
    if (BY_NAME.has(wanted)) return namedDriver(all, wanted, spec);
    const probed = all.filter(({ driver }) => !BY_NAME.has(driver.name));
    const unconfined =
      spec.trusted && spec.program === undefined
        ? probed.find(({ driver }) => driver.name === "unconfined")
        : undefined;
    const chosen = unconfined ?? probed.find(({ capabilities }) => capabilities.isolates);
    if (chosen !== undefined) return chosen.driver;
    const [best] = probed.filter(({ driver }) => driver.name !== "unconfined");
    const reason = best?.capabilities.reason ?? "this machine has no driver that isolates";
    const fix = best?.capabilities.fix ?? "Run the platform on Linux with user namespaces and bubblewrap.";
    throw new PlatformError(
      "ISOLATION_UNAVAILABLE",
      `Agent "${spec.agentName}" cannot be isolated here: ${reason.replace(/\.$/, "")}.`,
      {
        hint: spec.program === undefined ? `${fix} Or, for code you trust like your own: a2a deploy --trust.` : fix,
        retryable: false,
      },
    );
  }

  async close(): Promise<void> {
    await this.#probed.catch(() => {});
    await Promise.all(this.#drivers.map(async (driver) => await driver.close()));
  }

  async #prepare(): Promise<readonly Probed[]> {
    const probed = await Promise.all(
      this.#drivers.map(async (driver): Promise<Probed> => ({ driver, capabilities: await driver.probe() })),
    );
    for (const { driver } of probed) {
      try {
        await driver.sweep();
      } catch (error) {
        this.#log(`driver ${driver.name}: what an earlier platform left could not be removed: ${String(error)}`);
      }
    }
    return probed;
  }
}

function isolationOf({ isolation, entry, program }: ReleaseSpec): string {
  return isolation ?? (program === undefined && entry.endsWith(".wasm") ? "wasm" : "process");
}

function noModule({ agentName }: ReleaseSpec): PlatformError {
  return new PlatformError("ISOLATION_UNAVAILABLE", `Agent "${agentName}" is a program and no WebAssembly module.`, {
    hint: 'Leave "isolation" out of berth.json, or say "process" or "container".',
    retryable: false,
  });
}

function namedDriver(probed: readonly Probed[], name: string, { agentName }: ReleaseSpec): SandboxDriver {
  const found = probed.find(({ driver }) => driver.name === name);
  if (found?.capabilities.isolates === true) return found.driver;
  const { reason = `this platform has no ${name} driver`, fix = 'Leave "isolation" out of berth.json.' } =
    found?.capabilities ?? {};
  throw new PlatformError(
    "ISOLATION_UNAVAILABLE",
    `Agent "${agentName}" asks for isolation "${name}": ${reason.replace(/\.$/, "")}.`,
    { hint: fix, retryable: false },
  );
}
