import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Play } from "lucide-react";
import { may, whoAmI } from "../../api/session.ts";
import { Button } from "../../ui/button.tsx";
import { SelectField } from "../../ui/field.tsx";
import { Panel } from "../../ui/panel.tsx";
import { shellWord } from "../../ui/shell-word.ts";
import { useSearchState } from "../../ui/search-state.ts";
import { StateBadge } from "../../ui/state-badge.tsx";
import { Empty, Failure, Loaded } from "../../ui/status.tsx";
import { Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { runsQuery, startRun, suitesQuery } from "./eval-queries.ts";
import { Score } from "./score.tsx";

/** The last runs, which of them to look at, and how to start another. */
export function RunsTab({ agent }: { readonly agent: string }) {
  const [{ suite, run }, setSearch] = useSearchState();
  const runs = useQuery(runsQuery(agent, suite));
  const suites = useQuery(suitesQuery(agent)).data?.suites ?? [];
  const who = useQuery(whoAmI).data;
  const client = useQueryClient();
  const start = useMutation({
    mutationFn: async () => await startRun(agent, suite),
    onSuccess: async ({ runId }) => {
      setSearch({ run: runId });
      await client.invalidateQueries({ queryKey: ["evals", "runs", agent] });
    },
  });
  return (
    <Panel
      title="Runs"
      flush
      actions={
        <>
          <div className="w-40">
            <SelectField
              label="Suite"
              hiddenLabel
              value={suite ?? ""}
              onChange={(event) => setSearch({ suite: event.currentTarget.value })}
            >
              <option value="">All suites</option>
              {suites.map(({ name }) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </SelectField>
          </div>
          {who !== undefined && may(who, "deploy") && suites.length > 0 ? (
            <Button look="primary" disabled={start.isPending} onClick={() => start.mutate()}>
              <Play size={14} aria-hidden />
              {suite === undefined ? "Run all suites" : "Run this suite"}
            </Button>
          ) : undefined}
        </>
      }
    >
      {start.error === null ? undefined : <Failure error={start.error} />}
      <Loaded query={runs} what="the runs">
        {({ runs: all }) =>
          all.length === 0 ? (
            <Empty title="No run yet" command={`npx a2a evals run ${shellWord(agent)}`}>
              Running a suite calls the agent case by case, like anybody would. Every case is a task with a receipt.
            </Empty>
          ) : (
            <Table
              caption="Runs, newest first"
              rows={all}
              keyOf={({ runId }) => runId}
              columns={[
                {
                  head: "Run",
                  cell: ({ runId }) => (
                    <Link
                      data-row
                      to="."
                      search={(before) => ({ ...before, run: runId })}
                      aria-current={runId === run ? "true" : undefined}
                      className="inline-flex min-h-6 items-center font-mono text-xs"
                    >
                      {runId}
                    </Link>
                  ),
                },
                { head: "State", cell: ({ status }) => <StateBadge state={status} /> },
                {
                  head: "Score",
                  align: "right",
                  cell: ({ score, threshold }) => <Score score={score} threshold={threshold} />,
                },
                { head: "Suite", wide: true, cell: (each) => each.suite },
                { head: "Cases", align: "right", wide: true, cell: ({ total }) => total },
                {
                  head: "Release",
                  wide: true,
                  cell: ({ release }) => <code className="font-mono text-xs">{release.slice(-8)}</code>,
                },
                { head: "Started", cell: ({ startedAt }) => <Time at={startedAt} /> },
                {
                  head: "Compare",
                  wide: true,
                  cell: ({ runId }) =>
                    run === undefined || run === runId ? undefined : (
                      <Link
                        to="."
                        search={(before) => ({ ...before, tab: "compare", run, with: runId })}
                        className="inline-flex min-h-6 items-center"
                      >
                        with the open one
                      </Link>
                    ),
                },
              ]}
            />
          )
        }
      </Loaded>
    </Panel>
  );
}
