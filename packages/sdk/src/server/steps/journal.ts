import type { JsonObject, JsonValue, Message, RunUsage, StepPhase } from "@berth/protocol";
import type { RunServices } from "../../services/run-services.ts";

/** What earlier executions of the run did under a key. */
export interface KeptStep {
  readonly key: string;
  readonly phase: StepPhase;
  readonly position?: number;
  readonly attempts: number;
  readonly failures: number;
  readonly result?: JsonValue;
  readonly usage?: RunUsage;
  readonly error?: string;
  readonly final?: true;
  readonly until?: string;
  /** `until` is over, by the platform's clock. */
  readonly due?: true;
  readonly compensable?: true;
}

export interface StepWrite {
  readonly key: string;
  readonly op: "step" | "sleep" | "compensation";
  readonly phase: StepPhase;
  readonly position?: number;
  readonly attempt?: number;
  readonly result?: JsonValue;
  readonly usage?: RunUsage;
  readonly error?: string;
  readonly final?: true;
  readonly inSeconds?: number;
  readonly until?: string;
  readonly compensable?: true;
}

/** What a run has done so far, and where it writes down what it does. */
export interface Journal {
  readonly execution: number;
  /** The run is to undo what it did, and nothing else. */
  readonly canceling: boolean;
  /** Waiting can be left to whoever keeps the journal. */
  readonly suspends: boolean;
  find(key: string): KeptStep | undefined;
  at(position: number): KeptStep | undefined;
  /** Of a question that was put and answered. */
  answer(key: string): Message | undefined;
  /** How much of a scope callers have seen. */
  shown(scope: string): number;
  /** Durable when it resolves. Says until when a sleep lasts. */
  write(step: StepWrite): Promise<{ readonly until?: string }>;
}

/** Of an agent that runs alone: nothing is kept, and waiting is done in the process. */
export const NO_JOURNAL: Journal = {
  execution: 1,
  canceling: false,
  suspends: false,
  find: () => undefined,
  at: () => undefined,
  answer: () => undefined,
  shown: () => 0,
  write: async ({ inSeconds = 0, until }) => ({
    until: until ?? new Date(Date.now() + inSeconds * 1_000).toISOString(),
  }),
};

/** The journal that the platform keeps in the log of the run. @throws ServiceError RUN_SUPERSEDED */
export async function openJournal(services: RunServices, execution: number): Promise<Journal> {
  const first = await readPage(services, execution, 0);
  const entries = [...listOf(first.entries)];
  for (let after = first.next; typeof after === "number";) {
    const page = await readPage(services, execution, after);
    entries.push(...listOf(page.entries));
    after = page.next;
  }
  const byKey = new Map(entries.map((entry) => [entry.key, entry]));
  const byPosition = new Map(
    entries.flatMap((entry) => (entry.position === undefined ? [] : [[entry.position, entry]])),
  );
  const questions = objectOf(first.questions);
  const emitted = objectOf(first.emitted);
  return {
    execution,
    canceling: first.canceling === true,
    suspends: true,
    find: (key) => byKey.get(key),
    at: (position) => byPosition.get(position),
    // The platform's log holds messages that were validated when they came.
    answer: (key) => (questions[key] ?? undefined) as Message | undefined,
    shown: (scope) => Number(emitted[scope] ?? 0),
    async write(step) {
      // A StepWrite is JSON.
      const body = { ...step, execution } as unknown as JsonObject;
      const { until } = await services.json({ method: "POST", path: "/steps", body });
      return typeof until === "string" ? { until } : {};
    },
  };
}

async function readPage(services: RunServices, execution: number, after: number): Promise<JsonObject> {
  return await services.json({ method: "GET", path: `/steps?execution=${execution}&after=${after}` });
}

function listOf(entries: JsonValue | undefined): readonly KeptStep[] {
  // The platform promises entries of this form.
  return Array.isArray(entries) ? (entries as readonly unknown[] as readonly KeptStep[]) : [];
}

function objectOf(value: JsonValue | undefined): JsonObject {
  // A JSON value that is neither null nor a list is an object.
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}
