import { fieldValueOf, matchesLog, parseQuery } from "@berth/telemetry";
import type { Query, Term } from "@berth/telemetry";
import { TaskState } from "@berth/protocol";
import { messageText } from "../task/model/event-words.ts";
import { stateName } from "../../ui/state-badge.tsx";
import type { TaskRow } from "./task-row.ts";

export interface TaskQuery {
  /** What the platform filters by: one request for each state. */
  readonly requests: readonly TaskRequest[];
  readonly matches: (row: TaskRow) => boolean;
  readonly problem?: string;
}

export interface TaskRequest {
  readonly agent?: string;
  readonly contextId?: string;
  readonly status?: string;
}

type FieldTerm = Extract<Term, { readonly type: "field" }>;

const MAX_REQUESTS = 4;

/**
 * `agent:planner status:working|failed context:ctx_9 caller:key_1 words`: as much of it as the platform can is asked of the platform, the
 * rest is looked for in what came.
 */
export function readTaskQuery(text: string, nowMs: number): TaskQuery {
  let query: Query;
  try {
    query = parseQuery(text, { nowUs: nowMs * 1_000 });
  } catch (error) {
    return { requests: [{}], matches: () => true, problem: error instanceof Error ? error.message : String(error) };
  }
  const own = query.terms.filter(
    (term): term is FieldTerm => term.type === "field" && term.op === ":" && OWN.has(term.field),
  );
  const rest: Query = { ...query, terms: query.terms.filter((term) => !own.some((each) => each === term)) };
  const statuses = exactValues(query, "status").map(toState);
  const [agent, ...otherAgents] = exactValues(query, "agent");
  const [contextId, ...otherContexts] = exactValues(query, "context");
  const base: TaskRequest = {
    ...(agent === undefined || otherAgents.length > 0 ? {} : { agent }),
    ...(contextId === undefined || otherContexts.length > 0 ? {} : { contextId }),
  };
  const isAskable =
    statuses.length > 0 && statuses.length <= MAX_REQUESTS && statuses.every((status) => status !== undefined);
  return {
    requests: isAskable ? statuses.map((status) => ({ ...base, ...(status === undefined ? {} : { status }) })) : [base],
    matches: (row) => own.every((term) => matchesOwn(term, row)) && matchesLog(rest, toRecord(row)),
  };
}

/** Fields of a task that log lines do not have. */
const OWN: ReadonlySet<string> = new Set(["status", "context", "caller", "task"]);

/** The values of the one positive term of this field, where none is a prefix. */
function exactValues({ terms }: Query, field: string): readonly string[] {
  const positive = terms.filter(
    (term): term is FieldTerm => term.type === "field" && term.field === field && term.op === ":" && !term.negated,
  );
  const [only, ...others] = positive;
  if (only === undefined || others.length > 0) return [];
  const values = only.values.map(fieldValueOf);
  return values.some(({ isPrefix }) => isPrefix) ? [] : values.map(({ text }) => text);
}

function toState(name: string): string | undefined {
  return Object.values(TaskState).find((state) => stateName(state) === stateName(name));
}

function matchesOwn({ field, negated, values }: FieldTerm, { task, principalId }: TaskRow): boolean {
  const value =
    { status: stateName(task.status.state), context: task.contextId, caller: principalId, task: task.id }[field] ?? "";
  const isOne = values.map(fieldValueOf).some(({ text, isPrefix }) => {
    const wanted = field === "status" ? stateName(text) : text;
    return isPrefix ? value.startsWith(wanted) : value === wanted;
  });
  return isOne !== negated;
}

function toRecord({ task, agent, release, principalId, createdAt }: TaskRow): Parameters<typeof matchesLog>[1] {
  const said = task.status.message === undefined ? "" : messageText(task.status.message);
  return {
    atUs: Date.parse(task.status.timestamp ?? createdAt) * 1_000,
    severity: ["failed", "rejected"].includes(stateName(task.status.state)) ? 17 : 9,
    body: `${task.id} ${agent} ${stateName(task.status.state)} ${principalId} ${task.contextId} ${said}`,
    attributes: {},
    source: "platform",
    agent,
    release,
    taskId: task.id,
  };
}
