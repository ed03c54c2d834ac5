export interface Preference {
  readonly respondAsync: boolean;
  readonly waitMs?: number;
}

/** RFC 7240: `respond-async` and `wait=<seconds>`; what is not understood is ignored, as the RFC wants. */
export function parsePrefer(header: string | undefined): Preference {
  const tokens = (header ?? "")
    .toLowerCase()
    .split(/[,;]/)
    .map((token) => token.trim());
  const wait = tokens.map((token) => /^wait\s*=\s*"?(\d{1,6})"?$/.exec(token)?.[1]).find((each) => each !== undefined);
  return {
    respondAsync: tokens.includes("respond-async") && wait === undefined,
    ...(wait === undefined ? {} : { waitMs: Number(wait) * 1_000 }),
  };
}
