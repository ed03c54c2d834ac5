import { FlaskConical } from "lucide-react";
import { Time } from "../../ui/time.tsx";
import type { Release, Traffic } from "./agent-queries.ts";
import { shortRelease } from "./short-release.ts";

/** The trial that runs: how far it is, and what ends it. */
export function CanaryPanel({
  canary,
  release,
}: {
  readonly canary: NonNullable<Traffic["canary"]>;
  readonly release: Release | undefined;
}) {
  const { completed = 0, failed = 0 } = release?.calls ?? {};
  const calls = completed + failed;
  const ends = new Date(Date.parse(canary.startedAt) + canary.windowSeconds * 1_000).toISOString();
  return (
    <section aria-label="Canary" className="mt-3 flex flex-col gap-2 rounded-md border border-info bg-info-soft p-3">
      <h3 className="flex flex-wrap items-center gap-2 text-sm font-semibold text-info">
        <FlaskConical size={15} aria-hidden />
        Trying {shortRelease(canary.release)} since <Time at={canary.startedAt} />
      </h3>
      <p className="flex flex-wrap items-center gap-2 text-sm">
        <svg
          viewBox="0 0 100 4"
          preserveAspectRatio="none"
          className="h-2 w-40 overflow-hidden rounded-full"
          aria-hidden
        >
          <rect width={100} height={4} fill="var(--panel)" />
          <rect width={(Math.min(calls, canary.minCalls) / canary.minCalls) * 100} height={4} fill="var(--info)" />
        </svg>
        {calls} of {canary.minCalls} calls, {failed} failed
      </p>
      <p className="text-sm">
        It is promoted after {canary.minCalls} calls, and taken back when more than{" "}
        {Math.round(canary.maxErrorRate * 1_000) / 10}% fail
        {canary.maxP95Ms === undefined ? "" : `, when the slowest 5% take longer than ${canary.maxP95Ms} ms`}
        {canary.minEvalScore === undefined ? "" : `, when its evals score less than ${canary.minEvalScore}`}, or when it
        is not judged <Time at={ends} />.
      </p>
    </section>
  );
}
