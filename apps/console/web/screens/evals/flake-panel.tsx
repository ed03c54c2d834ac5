import { useQueries, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleCheck, CircleHelp, CircleX, Minus } from "lucide-react";
import { Badge } from "../../ui/badge.tsx";
import { Panel } from "../../ui/panel.tsx";
import { shellWord } from "../../ui/shell-word.ts";
import { useSearchState } from "../../ui/search-state.ts";
import { Empty, Failure, Loaded, Loading } from "../../ui/status.tsx";
import { Table } from "../../ui/table.tsx";
import { runQuery, runsQuery } from "./eval-queries.ts";
import type { EvalSummary } from "./eval-queries.ts";
import { findFlakes, rateOf } from "./find-flakes.ts";
import type { Outcome } from "./find-flakes.ts";
import { CaseName } from "./score.tsx";

/** Each run is a request of its own. */
const RUNS = 10;
const ICONS = { passed: CircleCheck, failed: CircleX, "not scored": CircleHelp, absent: Minus } as const;
const TONES = { passed: "text-good", failed: "text-bad", "not scored": "text-warn", absent: "text-muted" } as const;

/** The same case over the last runs of one suite. */
export function FlakePanel({ agent }: { readonly agent: string }) {
  const [{ suite }] = useSearchState();
  const query = useQuery(runsQuery(agent, suite));
  return (
    <Loaded query={query} what="the runs">
      {({ runs }) => {
        const ended = runs.filter(({ status }) => status === "passed" || status === "failed");
        const of = suite ?? ended[0]?.suite;
        const last = ended.filter((each) => each.suite === of).slice(0, RUNS);
        return last.length < 2 ? (
          <Panel>
            <Empty title="Two runs of a suite are needed" command={`npx a2a evals run ${shellWord(agent)}`}>
              A case that passes and fails on the same release is a flake.
            </Empty>
          </Panel>
        ) : (
          <Histories agent={agent} suite={of ?? ""} runs={last} />
        );
      }}
    </Loaded>
  );
}

interface HistoriesProps {
  readonly agent: string;
  readonly suite: string;
  readonly runs: readonly EvalSummary[];
}

function Histories({ agent, suite, runs }: HistoriesProps) {
  const queries = useQueries({ queries: runs.map(({ runId }) => runQuery(agent, runId)) });
  const error = queries.find((each) => each.error !== null)?.error;
  const loaded = queries.flatMap(({ data }) => (data === undefined ? [] : [data]));
  if (error !== undefined) return <Failure error={error} />;
  if (loaded.length < runs.length) return <Loading what="the runs" />;
  const oldestFirst = loaded.toSorted((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt));
  return (
    <Panel title={`${suite}: the last ${runs.length} runs`} flush>
      <Table
        caption={`Cases over the last ${runs.length} runs, the least stable first`}
        rows={findFlakes(loaded)}
        keyOf={({ id }) => id}
        columns={[
          { head: "Case", cell: ({ id }) => <CaseName id={id} /> },
          {
            head: "Oldest to newest",
            cell: ({ outcomes }) => (
              <span className="flex gap-0.5">
                {outcomes.map((outcome, at) => (
                  <Mark key={oldestFirst[at]?.runId ?? at} outcome={outcome} runId={oldestFirst[at]?.runId} />
                ))}
              </span>
            ),
          },
          {
            head: "Flakes",
            align: "right",
            cell: (each) =>
              each.pairs === 0 ? (
                <span className="text-muted">cannot be told</span>
              ) : (
                <Badge tone={each.flips === 0 ? "good" : "warn"}>
                  {each.flips === 0 ? "stable" : `${each.flips} of ${each.pairs} (${Math.round(rateOf(each) * 100)} %)`}
                </Badge>
              ),
          },
        ]}
      />
    </Panel>
  );
}

function Mark({ outcome, runId }: { readonly outcome: Outcome; readonly runId: string | undefined }) {
  const Icon = ICONS[outcome];
  return (
    <Link
      to="."
      search={(before) => ({ ...before, tab: undefined, run: runId })}
      title={outcome}
      className={`inline-flex size-6 items-center justify-center ${TONES[outcome]}`}
    >
      <Icon size={14} aria-hidden />
      <span className="sr-only">{outcome}</span>
    </Link>
  );
}
