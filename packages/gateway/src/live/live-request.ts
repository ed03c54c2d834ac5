import { invalidParams } from "@berth/protocol";
import type { FieldViolation } from "@berth/protocol";
import { isText, membersOf } from "../platform/body.ts";

/** One thing to follow; `id` is the caller's name for it. */
export type TopicRequest =
  | { readonly id: string; readonly topic: "task"; readonly taskId: string; readonly after: number }
  | { readonly id: string; readonly topic: "tasks" }
  | { readonly id: string; readonly topic: "approvals" }
  | { readonly id: string; readonly topic: "deployment"; readonly deploymentId: string; readonly after: number }
  | { readonly id: string; readonly topic: "logs"; readonly query: string; readonly after?: number }
  | { readonly id: string; readonly topic: "spans"; readonly query: string };

const MAX_TOPICS = 32;
const MAX_ID = 64;
const MAX_QUERY = 2_000;

/** @throws INVALID_PARAMS with every member that does not fit */
export function parseLiveRequest(body: unknown): readonly TopicRequest[] {
  const { topics } = membersOf(body);
  if (!Array.isArray(topics) || topics.length === 0 || topics.length > MAX_TOPICS) {
    throw invalidParams([{ field: "topics", description: `must be a list of 1 to ${MAX_TOPICS} topics` }]);
  }
  const violations: FieldViolation[] = [];
  const parsed = topics.flatMap((topic: unknown, index) => parseTopic(topic, `topics[${index}]`, violations) ?? []);
  if (new Set(parsed.map(({ id }) => id)).size !== parsed.length) {
    violations.push({ field: "topics", description: "each id stands for one topic" });
  }
  if (violations.length > 0) throw invalidParams(violations);
  return parsed;
}

function parseTopic(value: unknown, at: string, violations: FieldViolation[]): TopicRequest | undefined {
  const { id, topic, taskId, deploymentId, query = "", after } = membersOf(value);
  const refuse = (field: string, description: string): undefined => {
    violations.push({ field: `${at}.${field}`, description });
    return undefined;
  };
  if (!isText(id, MAX_ID)) return refuse("id", `must be a text of 1 to ${MAX_ID} characters`);
  if (after !== undefined && !isPlace(after)) return refuse("after", "must be an id that this topic has given");
  if (typeof query !== "string" || query.length > MAX_QUERY) {
    return refuse("query", `must be a text of at most ${MAX_QUERY} characters`);
  }
  switch (topic) {
    case "task":
      if (!isText(taskId, 256)) return refuse("taskId", "must be a task's id");
      return { id, topic, taskId, after: after ?? 0 };
    case "deployment":
      if (!isText(deploymentId, 256)) return refuse("deploymentId", "must be a deployment's id");
      return { id, topic, deploymentId, after: after ?? 0 };
    case "logs":
      return { id, topic, query, ...(after === undefined ? {} : { after }) };
    case "spans":
      return { id, topic, query };
    case "tasks":
    case "approvals":
      return { id, topic };
    default:
      return refuse("topic", "must be task, tasks, approvals, deployment, logs or spans");
  }
}

function isPlace(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
