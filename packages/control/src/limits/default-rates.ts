/** Requests per minute of one principal, or of one address that shows no credential. */
export interface DefaultRates {
  readonly call: number;
  readonly read: number;
  readonly write: number;
  /** Of one address, on routes that sign somebody in. */
  readonly signIn: number;
  /** Wrong credentials of one address. */
  readonly failure: number;
}

/** A thousand calls a second: against a loop gone wild, not against use. */
const DEFAULT_CALLS_PER_MINUTE = 60_000;

export function defaultRates(callsPerMinute: number = DEFAULT_CALLS_PER_MINUTE): DefaultRates {
  return {
    call: callsPerMinute,
    // A call is followed by several requests about it.
    read: callsPerMinute * 5,
    write: callsPerMinute,
    signIn: Math.min(600, callsPerMinute),
    // Secrets of 190 bits are not guessed; this spares the database.
    failure: Math.min(6_000, callsPerMinute),
  };
}
