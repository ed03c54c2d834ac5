import type { Parser } from "./validation/place.ts";
import { oneOf } from "./validation/values.ts";

/** What a deployment does with a release that breaks who got along with the one before. */
export interface AgentReleasesConfig {
  /** `warn`: its log says so. `refuse`: it fails. */
  readonly breaking: "warn" | "refuse";
}

export const DEFAULT_RELEASES: AgentReleasesConfig = { breaking: "warn" };

/** A parser per key of `releases`. */
export const RELEASES_PARSERS: { readonly breaking: Parser<AgentReleasesConfig["breaking"]> } = {
  breaking: oneOf(["warn", "refuse"]),
};
