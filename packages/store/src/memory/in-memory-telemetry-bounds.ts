/** Records of each kind that are kept in memory; the oldest go first. */
export const MAX_KEPT = 50_000;
