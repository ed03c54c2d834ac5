import type { FieldViolation } from "@berth/protocol";

/** One small agent must fit. */
const LEAST_MEMORY_MB = 64;
const MOST_MEMORY_MB = 2 ** 30;

/** MiB for all instances together; undefined when nothing is said, or something wrong. */
export function readRuntimeMemory(text: string | undefined, violations: FieldViolation[]): number | undefined {
  if (text === undefined || text === "") return undefined;
  const count = Number(text);
  if (Number.isInteger(count) && count >= LEAST_MEMORY_MB && count <= MOST_MEMORY_MB) return count;
  violations.push({
    field: "BERTH_RUNTIME_MEMORY_MB",
    description: `"${text}" is not a number of MiB from ${LEAST_MEMORY_MB} to ${MOST_MEMORY_MB}`,
  });
  return undefined;
}
