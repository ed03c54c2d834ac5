import { useLiveState } from "../api/live.ts";
import { Badge } from "./badge.tsx";

/** Whether what is shown is of now. */
export function LiveDot({ skipped }: { readonly skipped: number }) {
  const { status, lagMs, problem } = useLiveState();
  return (
    <>
      {skipped > 0 ? <Badge tone="warn">{`${skipped} events left out`}</Badge> : undefined}
      {status === "live" ? (
        <Badge tone="good" title="How much later than usual the last event came">
          ● live{lagMs === undefined ? "" : `, ${lagMs} ms`}
        </Badge>
      ) : status === "waiting" ? (
        <Badge tone="warn" {...(problem === undefined ? {} : { title: problem })}>
          ○ not live, trying again
        </Badge>
      ) : (
        <Badge>○ connecting</Badge>
      )}
    </>
  );
}
