export interface Requirement {
  /** The TCK's id where it has one; titles of tests carry it in brackets. */
  readonly id: string;
  /** Of A2A 1.0.1; `-` for what the specification leaves to the platform and ours promises. */
  readonly section: string;
  readonly level: "MUST" | "SHOULD" | "MAY";
  readonly text: string;
  /** Files below test/conformance with a test of it. */
  readonly tests: readonly string[];
}

/** A requirement that the platform does not meet, or that is not its to meet. Its test says why, and fails when that is no longer so. */
export interface NotYet extends Requirement {
  readonly reason: string;
}
