import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Square, X } from "lucide-react";
import { may, whoAmI } from "../../api/session.ts";
import { Button } from "../../ui/button.tsx";
import { Facts } from "../../ui/facts.tsx";
import { Panel } from "../../ui/panel.tsx";
import { useSearchState } from "../../ui/search-state.ts";
import { MeterBar } from "../../ui/meter-bar.tsx";
import { StateBadge } from "../../ui/state-badge.tsx";
import { Failure, Loaded } from "../../ui/status.tsx";
import { Time, formatDuration } from "../../ui/time.tsx";
import { CaseTable } from "./case-table.tsx";
import { cancelRun, runQuery } from "./eval-queries.ts";
import type { EvalRun } from "./eval-queries.ts";
import { JudgedText, Score } from "./score.tsx";

/** One run case by case; while it is under way it fills up. */
export function RunPanel({ agent, runId }: { readonly agent: string; readonly runId: string }) {
  const [, setSearch] = useSearchState();
  const query = useQuery(runQuery(agent, runId));
  const who = useQuery(whoAmI).data;
  const client = useQueryClient();
  const cancel = useMutation({
    mutationFn: async () => await cancelRun(agent, runId),
    onSuccess: (run) => client.setQueryData(runQuery(agent, runId).queryKey, run),
  });
  const isRunning = query.data?.status === "running";
  return (
    <Panel
      title="One run"
      actions={
        <>
          {isRunning && who !== undefined && may(who, "deploy") ? (
            <Button small look="danger" disabled={cancel.isPending} onClick={() => cancel.mutate()}>
              <Square size={12} aria-hidden />
              Cancel
            </Button>
          ) : undefined}
          <Button small look="quiet" aria-label="Close the run" onClick={() => setSearch({ run: undefined })}>
            <X size={14} aria-hidden />
          </Button>
        </>
      }
    >
      {cancel.error === null ? undefined : <Failure error={cancel.error} />}
      <Loaded query={query} what="the run">
        {(run) => (
          <div className="flex flex-col gap-4">
            <Head run={run} />
            <CaseTable cases={run.cases} />
          </div>
        )}
      </Loaded>
    </Panel>
  );
}

function Head({ run }: { readonly run: EvalRun }) {
  const passed = run.cases.filter((each) => each.passed).length;
  return (
    <>
      <p role="status" className="flex flex-wrap items-center gap-2 text-sm">
        <StateBadge state={run.status} />
        <Score score={run.score} threshold={run.threshold} />
        <span className="text-muted">
          {run.cases.length} of {run.total} cases are over, {passed} passed
        </span>
        <MeterBar label="Cases that are over" value={run.cases.length} max={Math.max(1, run.total)} />
      </p>
      {run.error === undefined ? undefined : (
        <p className="rounded-md border border-bad bg-bad-soft p-2 text-sm break-words text-bad">{run.error}</p>
      )}
      <Facts
        facts={[
          { name: "Suite", value: run.suite },
          { name: "Run", value: <code className="font-mono text-xs break-all">{run.runId}</code> },
          { name: "Release", value: <code className="font-mono text-xs break-all">{run.release}</code> },
          { name: "Started", value: <Time at={run.startedAt} /> },
          { name: "Took", value: tookOf(run) },
          { name: "Judged by a model", value: <JudgedText judged={run.judged} /> },
        ]}
      />
    </>
  );
}

function tookOf({ startedAt, endedAt }: EvalRun): string | undefined {
  return endedAt === undefined ? undefined : formatDuration((Date.parse(endedAt) - Date.parse(startedAt)) * 1_000);
}
