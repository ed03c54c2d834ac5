import type { Segment } from "./model/self-time.ts";
import type { TimeAxis } from "./model/time-axis.ts";
import type { TraceTree } from "./model/trace-tree.ts";
import type { TimeView } from "./model/trace-view.ts";
import type { Matches, VisibleRows } from "./model/visible-rows.ts";
import type { SpanColors } from "./span-colors.ts";

/** What the pictures of a trace share: the trace, what of it is shown, and how one gets around. */
export interface TraceParts {
  readonly tree: TraceTree;
  readonly visible: VisibleRows;
  readonly matches: Matches | undefined;
  readonly folded: ReadonlySet<string>;
  /** A span's id. */
  readonly active: string | undefined;
  readonly path: ReadonlyMap<number, readonly Segment[]> | undefined;
  readonly options: {
    readonly errors: boolean;
    readonly self: boolean;
    readonly path: boolean;
    readonly fold: boolean;
  };
  readonly axis: TimeAxis;
  readonly view: TimeView;
  readonly colors: SpanColors;
  readonly nowUs: number;
  readonly setView: (view: TimeView) => void;
  readonly setActive: (spanId: string | undefined, opens: boolean) => void;
  readonly toggleFold: (spanId: string) => void;
  /** Among the rows that are shown. */
  readonly move: (by: number) => void;
}
