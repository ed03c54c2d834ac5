import type { FieldViolation } from "@berth/protocol";

/** Each holds some 35 MB for nobody. */
const MOST_WARM_JAILS = 64;
const USUAL_WARM_JAILS = 1;

/** BERTH_WARM_JAILS: how many jails wait for an agent. */
export function readWarmJails(text: string | undefined, violations: FieldViolation[]): number {
  if (text === undefined || text === "") return USUAL_WARM_JAILS;
  const count = Number(text);
  if (Number.isInteger(count) && count >= 0 && count <= MOST_WARM_JAILS) return count;
  violations.push({ field: "BERTH_WARM_JAILS", description: `"${text}" is not a number from 0 to ${MOST_WARM_JAILS}` });
  return USUAL_WARM_JAILS;
}
