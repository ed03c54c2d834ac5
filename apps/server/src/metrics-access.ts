import type { FieldViolation } from "@berth/protocol";

/** BERTH_METRICS: whether `/metrics` asks for a key. */
export function readMetricsAccess(text: string | undefined, violations: FieldViolation[]): "key" | "public" {
  if (text === undefined || text === "" || text === "key") return "key";
  if (text === "public") return "public";
  violations.push({ field: "BERTH_METRICS", description: `"${text}" is neither key nor public` });
  return "key";
}
