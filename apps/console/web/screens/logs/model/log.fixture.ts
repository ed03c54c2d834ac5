import type { StoredLog } from "@berth/telemetry";

export function line(id: number, body = `line ${id}`, rest: Partial<StoredLog> = {}): StoredLog {
  return { id, atUs: id * 1_000, severity: 9, body, attributes: {}, source: "stdout", agent: "planner", ...rest };
}
