import type { Origin } from "@berth/telemetry";
import type { OriginColumns } from "./telemetry-tables.ts";

/** Whose a record is, as its row has it. */
export function originOf(row: OriginColumns): Origin {
  return {
    source: row.source,
    ...(row.agent === null ? {} : { agent: row.agent }),
    ...(row.release === null ? {} : { release: row.release }),
    ...(row.instance_id === null ? {} : { instanceId: row.instance_id }),
    ...(row.task_id === null ? {} : { taskId: row.task_id }),
  };
}
