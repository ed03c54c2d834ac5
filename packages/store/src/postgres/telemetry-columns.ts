import { GEN_AI } from "@berth/telemetry";
import { sql } from "kysely";
import type { FieldColumn, TelemetryColumns } from "./telemetry-conditions.ts";
import { Mark } from "./telemetry-tokens.ts";

const attributes = sql.ref("attributes");
const resource = sql.ref("resource");

export const LOG_COLUMNS: TelemetryColumns = {
  at: sql.ref("at_us"),
  text: sql.ref("body"),
  field: (name) => {
    switch (name) {
      case "level":
        return {
          type: "level",
          value: sql`case when severity <= 0 then 2 else least((severity - 1) / 4, 5) end`,
          mark: Mark.Level,
        };
      case "name":
        return attributeOf("event.name");
      case "tool":
        return attributeOf(GEN_AI.toolName);
      case "model":
        return attributeOf(GEN_AI.responseModel, GEN_AI.requestModel);
      case "task":
        return { ...text("task_id"), mark: Mark.Task };
      case "trace":
        return { ...text("trace_id"), mark: Mark.Trace };
      case "kind":
      case "status":
      case "dur":
      case "cost":
        return undefined;
      default:
        return commonField(name);
    }
  },
};

export const SPAN_COLUMNS: TelemetryColumns = {
  at: sql.ref("start_us"),
  text: sql`(name || coalesce(E'\\n' || status_message, ''))`,
  field: (name) => {
    switch (name) {
      case "level":
        return { type: "level", value: sql`case when status = 'error' then 4 else 2 end` };
      case "name":
        return text("name");
      case "status":
        return text("status");
      case "dur":
        return { type: "number", value: sql`(end_us - start_us)` };
      case "cost":
        return { type: "number", value: sql.ref("cost") };
      case "kind":
        return { ...text("kind"), mark: Mark.Kind };
      case "tool":
        return { ...text("tool"), mark: Mark.Tool };
      case "model":
        return { ...text("model"), mark: Mark.Model };
      case "task":
        return { ...text("task_id"), isIndexed: true };
      case "trace":
        return { ...text("trace_id"), isIndexed: true };
      default:
        return commonField(name);
    }
  },
};

function commonField(name: string): FieldColumn {
  switch (name) {
    case "agent":
      return { ...text("agent"), mark: Mark.Agent };
    case "release":
      return text("release");
    case "instance":
      return text("instance_id");
    case "span":
      return text("span_id");
    case "source":
      return text("source");
    case "service":
      return { type: "json", sources: [{ column: resource, key: "service.name" }] };
    default:
      return {
        type: "json",
        sources: [
          { column: attributes, key: name },
          { column: resource, key: name },
        ],
      };
  }
}

function text(column: string): { readonly type: "text"; readonly column: ReturnType<typeof sql.ref> } {
  return { type: "text", column: sql.ref(column) };
}

function attributeOf(...keys: readonly string[]): FieldColumn {
  return { type: "json", sources: keys.map((key) => ({ column: attributes, key })) };
}
