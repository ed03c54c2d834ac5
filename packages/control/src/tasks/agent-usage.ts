import { RUN_USAGE_EXTENSION, addRunUsage, isUsageBelow, readRunUsage } from "@berth/protocol";
import type { JsonObject, JsonValue, RunUsage, StreamResponse, TaskEventBody } from "@berth/protocol";

/**
 * What the frames of one turn report of the agent's use. Reports are totals of the agent's task, so the same one twice
 * counts once. One that cannot be is left out and noted, once a turn: the work itself may be sound.
 */
export class UsageReports {
  #known: RunUsage | undefined;
  readonly #before: RunUsage | undefined;
  #noted = false;

  /**
   * `again`: an execution of a durable run counts from the start, so its totals are below for a while. `adds`: an attempt
   * that repeats another one uses what it uses on top.
   */
  constructor(
    known: RunUsage | undefined,
    { again = false, adds = false }: { readonly again?: boolean; readonly adds?: boolean } = {},
  ) {
    this.#known = adds ? undefined : known;
    this.#before = adds ? known : undefined;
    this.#noted = again && !adds;
  }

  /** What the frame's report adds to the log, before anything else in it: a last frame ends the task. */
  eventsOf(frame: StreamResponse): readonly TaskEventBody[] {
    const said = reportIn(frame);
    if (said === undefined) return [];
    const usage = readRunUsage(said);
    if (typeof usage === "string") return this.#refuse(usage);
    const known = this.#known;
    if (known !== undefined && isUsageBelow(usage, known)) return this.#refuse("totals must not become less");
    if (JSON.stringify(usage) === JSON.stringify(known)) return [];
    const total = this.#before === undefined ? usage : addRunUsage(this.#before, usage);
    if (typeof total === "string") return this.#refuse(total);
    this.#known = usage;
    return [{ kind: "usage", usage: total }];
  }

  #refuse(problem: string): readonly TaskEventBody[] {
    if (this.#noted) return [];
    this.#noted = true;
    return [{ kind: "note", name: "usage-refused", data: { problem } }];
  }
}

/** Without the report: callers get the totals of the log, when they ask, and nothing that only looks like them. */
export function withoutUsage(metadata: JsonObject | undefined): JsonObject | undefined {
  if (metadata?.[RUN_USAGE_EXTENSION] === undefined) return metadata;
  const { [RUN_USAGE_EXTENSION]: _report, ...rest } = metadata;
  return Object.keys(rest).length === 0 ? undefined : rest;
}

function reportIn(frame: StreamResponse): JsonValue | undefined {
  return metadataOf(frame)
    .map((metadata) => metadata?.[RUN_USAGE_EXTENSION])
    .find((report) => report !== undefined);
}

function metadataOf(frame: StreamResponse): readonly (JsonObject | undefined)[] {
  if ("statusUpdate" in frame) return [frame.statusUpdate.metadata, frame.statusUpdate.status.message?.metadata];
  if ("artifactUpdate" in frame) return [frame.artifactUpdate.metadata];
  if ("message" in frame) return [frame.message.metadata];
  return [frame.task.metadata, frame.task.status.message?.metadata];
}
