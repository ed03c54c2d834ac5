import type { SseEvent } from "./sse-parser.ts";

/** What is followed. `after` is where to begin: topics with a durable log replay from there. */
export type LiveTopic =
  | { readonly topic: "task"; readonly taskId: string; readonly after?: number }
  | { readonly topic: "logs"; readonly query?: string; readonly after?: number }
  | { readonly topic: "spans"; readonly query?: string }
  | { readonly topic: "tasks" }
  | { readonly topic: "approvals" }
  | { readonly topic: "deployment"; readonly deploymentId: string; readonly after?: number };

/** Topics whose events have ids that stay the same over connections: repeats can be told, and what was missed is sent again. */
export const DURABLE_TOPICS: ReadonlySet<LiveTopic["topic"]> = new Set(["task", "logs", "deployment"]);

/** What the stream says: docs/reference/api.md, `POST /v1/live`. */
export type LiveFrame =
  | {
      readonly type: "event";
      readonly topic: string;
      readonly id: number;
      readonly at: number;
      readonly data: LiveData;
    }
  | { readonly type: "gap"; readonly topic: string; readonly at: number; readonly skipped: number }
  /** The topic has ended, for a `reason` or because there is nothing more to come. */
  | { readonly type: "end"; readonly topic: string; readonly at: number }
  | {
      readonly type: "error";
      readonly topic: string;
      readonly at: number;
      readonly reason: string;
      readonly message: string;
    };

/** What came, by the topic's own names: `event`, `tasks`, `logs`. */
export type LiveData = Readonly<Record<string, unknown>>;

/** Undefined for what is not known: a newer platform may say more. */
export function parseLiveFrame({ event, data }: SseEvent): LiveFrame | undefined {
  const said = asRecord(parseJson(data));
  const { topic, at, id, skipped, error } = said ?? {};
  if (said === undefined || typeof topic !== "string" || typeof at !== "number") return undefined;
  switch (event) {
    case "event":
      return typeof id === "number" ? { type: "event", topic, at, id, data: said } : undefined;
    case "gap":
      return { type: "gap", topic, at, skipped: typeof skipped === "number" ? skipped : 0 };
    case "end":
      return { type: "end", topic, at };
    case "error": {
      const { reason, detail } = asRecord(error) ?? {};
      return {
        type: "error",
        topic,
        at,
        reason: textOf(reason, "UNKNOWN"),
        message: textOf(detail, "This cannot be followed."),
      };
    }
    default:
      return undefined;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function asRecord(value: unknown): LiveData | undefined {
  // An object that is no list has named values.
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as LiveData) : undefined;
}

function textOf(value: unknown, otherwise: string): string {
  return typeof value === "string" && value !== "" ? value : otherwise;
}
