import type { Control } from "@berth/control";
import type { IdGenerator } from "@berth/protocol";
import type { PublishedCards } from "../a2a/published-cards.ts";
import type { InnerDoor } from "../conformance/inner-door.ts";
import type { Hosts } from "./hosts.ts";
import type { Limits } from "./limits.ts";
import type { OAuthServer } from "./oauth-server.ts";
import type { StreamRegistry } from "./stream-registry.ts";

/** What this platform offers beyond what every agent has; cards say it. */
export interface Offer {
  readonly pushNotifications: boolean;
  /** Where gRPC is served, on the same host; absent: it is not. */
  readonly grpcPort?: number;
  /** Clients may prove who they are with a TLS certificate. */
  readonly mutualTls?: boolean;
}

/** What every handler may use. */
export interface Edge {
  readonly control: Control;
  readonly oauth?: OAuthServer;
  readonly limits: Limits;
  readonly ids: IdGenerator;
  readonly streams: StreamRegistry;
  /** Asks this gateway as anybody would. */
  readonly door: Pick<InnerDoor, "ask">;
  readonly hosts: Hosts;
  /** Where the platform is reached, without a trailing slash. */
  readonly baseUrl: () => string;
  readonly domain: string;
  readonly offer: Offer;
  readonly cards: PublishedCards;
  /** What clients carry for us is sealed with it. */
  readonly secret: Uint8Array;
  readonly version: string;
  /** `/metrics` asks for no credential. */
  readonly publicMetrics: boolean;
  readonly log: (line: string) => void;
  /** False while starting or stopping. */
  readonly ready: () => boolean;
}
