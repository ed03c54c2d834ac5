import type { Scrubber } from "./scrubber.ts";

/** Where values of secrets come from. Asked at each use, so that a new value holds at once. */
export interface SecretSource {
  /** The agent's own value, or else its organization's. @throws PlatformError STORE_UNAVAILABLE */
  value(owner: SecretOwner, name: string): Promise<SecretValue | undefined>;
}

export interface SecretValue {
  readonly value: string;
  /** `host`, `host:port`, `*.host`: it may be sent to these only. Absent: to every upstream that names it. */
  readonly hosts?: readonly string[];
}

export interface SecretOwner {
  readonly orgId: string;
  readonly agentName: string;
}

/** The secrets that one release may use. */
export interface ReleaseSecrets {
  /** Undefined: not set, or not one of the release's. The scrubber knows the value when this resolves. */
  value(name: string): Promise<SecretValue | undefined>;
  /** Knows every value that was given out here. */
  readonly scrubber: Scrubber;
}
