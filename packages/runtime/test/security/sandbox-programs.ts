import type { EgressNetwork } from "../../src/egress/egress-network.ts";
import type { DriverHarness, StartOverrides } from "../../src/sandbox-driver.contract.ts";
import type { Instance } from "../../src/sandbox-driver.ts";

/** What an agent is told to try. Data: what does it is a program of each driver's own. */
export type Deed =
  | { readonly kind: "environment" }
  | { readonly kind: "read-file" | "write-file"; readonly path: string }
  /** By the way that agents have, whatever it is. */
  | { readonly kind: "fetch"; readonly url: string }
  /** Past it. */
  | { readonly kind: "connect"; readonly host: string; readonly port: number }
  /** Asks the platform, in the run's name, or with what it took from somebody. */
  | { readonly kind: "services"; readonly path: string; readonly grant: string }
  | { readonly kind: "stolen-grant"; readonly path: string; readonly own: string; readonly stolen: string }
  | { readonly kind: "claim-instance"; readonly path: string; readonly grant: string; readonly instanceId: string }
  | { readonly kind: "print"; readonly text: string }
  | { readonly kind: "memory-hog" | "spin" | "fork-bomb" | "leave-process" };

/** The same words for each driver. */
export interface Outcome {
  /** What the agent has of it now. */
  readonly got?: string;
  /** Why it has nothing. */
  readonly refused?: string;
}

export interface Impossible {
  readonly why: string;
  /** Throws unless it is so. */
  readonly proof: (instance: Instance, deed: Deed) => Promise<void>;
}

/** How one driver's agents try what the suite has them try. */
export interface SandboxPrograms {
  /** Of the driver. */
  readonly name: string;
  readonly open: (network: EgressNetwork) => Promise<DriverHarness>;
  readonly source: () => string | Uint8Array;
  readonly overrides: StartOverrides;
  readonly attempt: (instance: Instance, deed: Deed) => Promise<Outcome>;
  /** What nobody can even try there. */
  readonly impossible: { readonly [K in Deed["kind"]]?: Impossible };
}
