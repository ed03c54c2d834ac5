import type { Control } from "@berth/control";
import type { IdGenerator } from "@berth/protocol";
import type { Hosts } from "./hosts.ts";
import type { Limits } from "./limits.ts";
import type { StreamRegistry } from "./stream-registry.ts";

/** What every handler may use. */
export interface Edge {
  readonly control: Control;
  readonly limits: Limits;
  readonly ids: IdGenerator;
  readonly streams: StreamRegistry;
  readonly hosts: Hosts;
  /** Where the platform is reached, without a trailing slash. */
  readonly baseUrl: () => string;
  readonly domain: string;
  readonly version: string;
  readonly log: (line: string) => void;
  /** False while starting or stopping. */
  readonly ready: () => boolean;
}
