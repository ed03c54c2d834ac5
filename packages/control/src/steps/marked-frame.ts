import { takeMark } from "@berth/protocol";
import type { EmissionMark, StreamResponse, TaskEventBody } from "@berth/protocol";

/** A frame of a durable run's execution without its mark, which is for the platform and not for callers. */
export function withoutMark(frame: StreamResponse): {
  readonly frame: StreamResponse;
  readonly mark?: EmissionMark;
} {
  if ("statusUpdate" in frame) {
    const { metadata: said, ...update } = frame.statusUpdate;
    const { mark, metadata } = takeMark(said);
    if (mark === undefined) return { frame };
    return { frame: { statusUpdate: { ...update, ...(metadata === undefined ? {} : { metadata }) } }, mark };
  }
  if ("artifactUpdate" in frame) {
    const { metadata: said, ...update } = frame.artifactUpdate;
    const { mark, metadata } = takeMark(said);
    if (mark === undefined) return { frame };
    return { frame: { artifactUpdate: { ...update, ...(metadata === undefined ? {} : { metadata }) } }, mark };
  }
  return { frame };
}

/** What a marked frame adds to the log. One that only ends the execution says nothing of the task's state. */
export function markedEvents(
  told: readonly TaskEventBody[],
  { waits, ...mark }: EmissionMark,
  execution: number,
): readonly TaskEventBody[] {
  const shown = mark.n === 0 ? told.filter(({ kind }) => kind !== "status") : told;
  const marked = shown.map((body) => (body.kind === "status" || body.kind === "artifact" ? { ...body, mark } : body));
  if (waits === undefined) return marked;
  return [...marked, { kind: "run", phase: "suspended", execution, waits }];
}
