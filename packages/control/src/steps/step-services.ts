import { MAX_STEP_KEY, PlatformError, invalidParams } from "@berth/protocol";
import type { JsonObject, JsonValue, StepEvent } from "@berth/protocol";
import type { StepReport } from "@berth/runtime";
import type { JournalEntry, RunJournal } from "./run-journal.ts";
import type { RunExecutor } from "./run-executor.ts";

/** Of what one step gives, as JSON. */
const MAX_RESULT_BYTES = 256 * 1024;
const MAX_ENTRIES = 10_000;
const MAX_ERROR = 2_000;
const PAGE_ENTRIES = 500;
const PAGE_BYTES = 512 * 1024;
const LONGEST_SLEEP_SECONDS = 10 * 366 * 86_400;

export type Journals = Pick<RunExecutor, "journalOf" | "write">;

/** What the executions of durable runs read and write. The caller has checked whose run it is. */
export class StepServices {
  readonly #journals: Journals;
  readonly #now: () => Date;

  constructor(options: { readonly journals: Journals; readonly now: () => Date }) {
    this.#journals = options.journals;
    this.#now = options.now;
  }

  /** A page of the journal, from the entry `after` on. The first one also says what has been shown and answered. */
  page(taskId: string, { execution, after }: { readonly execution: number; readonly after: number }): JsonObject {
    const journal = this.#journals.journalOf(taskId, execution);
    const all = [...journal.entries.values()];
    const entries: JsonObject[] = [];
    let bytes = 0;
    for (const entry of all.slice(after, after + PAGE_ENTRIES)) {
      const json = this.#entryJson(entry);
      bytes += JSON.stringify(json).length;
      if (entries.length > 0 && bytes > PAGE_BYTES) break;
      entries.push(json);
    }
    const next = after + entries.length;
    return {
      entries,
      ...(next < all.length ? { next } : {}),
      ...(after > 0 ? {} : { canceling: journal.canceling, emitted: Object.fromEntries(journal.emitted) }),
      ...(after > 0 ? {} : { questions: questionsOf(journal) }),
    };
  }

  /** @throws RUN_SUPERSEDED, STEP_MISMATCH, INVALID_PARAMS */
  async write(taskId: string, report: StepReport): Promise<{ readonly until?: string }> {
    assertReport(report);
    const { execution, inSeconds, ...said } = report;
    const moment = inSeconds === undefined ? report.until : this.#after(inSeconds);
    let until = moment;
    await this.#journals.write(taskId, execution, (journal) => {
      const known = entryFor(journal, said.key, said.op);
      if (known?.phase === "done" || (known !== undefined && said.op === "sleep")) {
        until = known.until;
        return undefined;
      }
      const event: StepEvent = { kind: "step", execution, ...said, ...(moment === undefined ? {} : { until: moment }) };
      return [event];
    });
    return until === undefined ? {} : { until };
  }

  #after(seconds: number): string {
    return new Date(this.#now().getTime() + seconds * 1_000).toISOString();
  }

  #entryJson({ at: _at, childTaskId: _child, ...entry }: JournalEntry): JsonObject {
    const isDue = entry.until !== undefined && Date.parse(entry.until) <= this.#now().getTime();
    // Of JSON values only.
    return { ...entry, ...(isDue ? { due: true } : {}) } as unknown as JsonObject;
  }
}

/** What the journal has under the key. @throws STEP_MISMATCH when that is something else, INVALID_PARAMS for one too many */
export function entryFor(journal: RunJournal, key: string, op: JournalEntry["op"]): JournalEntry | undefined {
  const known = journal.entries.get(key);
  if (known !== undefined && known.op !== op) {
    throw new PlatformError("STEP_MISMATCH", `"${key}" is a ${known.op} in the journal of this run, and now a ${op}.`);
  }
  if (known === undefined && journal.entries.size >= MAX_ENTRIES) {
    throw new PlatformError("QUOTA_EXCEEDED", `A durable run has ${MAX_ENTRIES} steps at most.`);
  }
  return known;
}

function questionsOf(journal: RunJournal): JsonObject {
  const answers = [...journal.questions].map(([key, { answer }]) => {
    // A Message is JSON as it came off the wire.
    const said = answer === undefined ? null : (answer as unknown as JsonValue);
    return [key, said] as const;
  });
  return Object.fromEntries(answers);
}

function assertReport({ key, result, error, inSeconds, until }: StepReport): void {
  const violations: { field: string; description: string }[] = [];
  if (key === "" || key.length > MAX_STEP_KEY) {
    violations.push({ field: "key", description: `must have 1 to ${MAX_STEP_KEY} characters` });
  }
  if (result !== undefined && Buffer.byteLength(JSON.stringify(result)) > MAX_RESULT_BYTES) {
    const description = `must be at most ${MAX_RESULT_BYTES} bytes of JSON; put more into the workspace or an artifact`;
    violations.push({ field: "result", description });
  }
  if ((error?.length ?? 0) > MAX_ERROR) {
    violations.push({ field: "error", description: `must have at most ${MAX_ERROR} characters` });
  }
  if (inSeconds !== undefined && !(inSeconds >= 0 && inSeconds <= LONGEST_SLEEP_SECONDS)) {
    violations.push({ field: "inSeconds", description: `must be 0 to ${LONGEST_SLEEP_SECONDS}` });
  }
  if (until !== undefined && Number.isNaN(Date.parse(until))) {
    violations.push({ field: "until", description: "must be RFC 3339" });
  }
  if (violations.length > 0) throw invalidParams(violations);
}
