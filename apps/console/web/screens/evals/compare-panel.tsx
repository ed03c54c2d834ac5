import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowLeftRight } from "lucide-react";
import { Badge } from "../../ui/badge.tsx";
import type { Tone } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { SelectField } from "../../ui/field.tsx";
import { Panel } from "../../ui/panel.tsx";
import { plainText } from "../../ui/plain-text.ts";
import { shellWord } from "../../ui/shell-word.ts";
import { useSearchState } from "../../ui/search-state.ts";
import { Empty, Failure, Loaded, Loading } from "../../ui/status.tsx";
import { Table } from "../../ui/table.tsx";
import { VERDICTS, compareRuns, differenceOf } from "./compare-runs.ts";
import type { Verdict } from "./compare-runs.ts";
import { runQuery, runsQuery } from "./eval-queries.ts";
import type { EvalCase, EvalRun, EvalSummary } from "./eval-queries.ts";
import { CaseName, Difference, Score } from "./score.tsx";

const TONES: Readonly<Record<Verdict, Tone>> = {
  regressed: "bad",
  worse: "warn",
  missing: "warn",
  new: "info",
  fixed: "good",
  better: "good",
  same: "plain",
};

/** Two runs of a suite, regressions first. Default: the newest against the one before. */
export function ComparePanel({ agent }: { readonly agent: string }) {
  const query = useQuery(runsQuery(agent, undefined));
  return (
    <Loaded query={query} what="the runs">
      {({ runs }) => {
        const ended = runs.filter(({ status }) => status !== "running");
        return ended.length < 2 ? (
          <Panel>
            <Empty title="Two runs are needed" command={`npx a2a evals run ${shellWord(agent)}`}>
              {ended.length === 0 ? "There is none yet." : "There is one so far."}
            </Empty>
          </Panel>
        ) : (
          <Chosen agent={agent} runs={ended} />
        );
      }}
    </Loaded>
  );
}

function Chosen({ agent, runs }: { readonly agent: string; readonly runs: readonly EvalSummary[] }) {
  const [{ run, with: other }, setSearch] = useSearchState();
  const newest = run ?? runs[0]?.runId ?? "";
  const suite = runs.find(({ runId }) => runId === newest)?.suite;
  const before = other ?? runs.find((each) => each.suite === suite && each.runId !== newest)?.runId ?? newest;
  const [old, now] = [useQuery(runQuery(agent, before)), useQuery(runQuery(agent, newest))];
  const error = old.error ?? now.error;
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-end gap-2">
        <RunField label="Before" runs={runs} value={before} onChange={(id) => setSearch({ with: id })} />
        <Button aria-label="Swap the two runs" onClick={() => setSearch({ run: before, with: newest })}>
          <ArrowLeftRight size={15} aria-hidden />
        </Button>
        <RunField label="After" runs={runs} value={newest} onChange={(id) => setSearch({ run: id })} />
      </div>
      {error === null ? undefined : <Failure error={error} />}
      {old.data === undefined || now.data === undefined ? (
        error === null ? (
          <Loading what="the two runs" />
        ) : undefined
      ) : (
        <Changes before={old.data} after={now.data} />
      )}
    </div>
  );
}

interface RunFieldProps {
  readonly label: string;
  readonly runs: readonly EvalSummary[];
  readonly value: string;
  readonly onChange: (runId: string) => void;
}

function RunField({ label, runs, value, onChange }: RunFieldProps) {
  return (
    <div className="w-full sm:w-80">
      <SelectField label={label} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {runs.some(({ runId }) => runId === value) ? undefined : <option value={value}>{value}</option>}
        {runs.map(({ runId, suite, score, startedAt }) => (
          <option key={runId} value={runId}>
            {`${suite} ${score ?? "no score"}, ${startedAt.slice(0, 16).replace("T", " ")}`}
          </option>
        ))}
      </SelectField>
    </div>
  );
}

function Changes({ before, after }: { readonly before: EvalRun; readonly after: EvalRun }) {
  const changes = compareRuns(before.cases, after.cases);
  const counts = VERDICTS.map((verdict) => ({ verdict, n: changes.filter((each) => each.verdict === verdict).length }));
  return (
    <Panel title={`${after.suite}: what changed`} flush>
      <p role="status" className="flex flex-wrap items-center gap-2 px-4 py-3 text-sm">
        <Score score={before.score} /> <span aria-hidden>→</span>
        <span className="sr-only">then</span> <Score score={after.score} />
        {before.score === undefined || after.score === undefined ? undefined : (
          <Difference by={Number(after.score) - Number(before.score)} />
        )}
        {counts
          .filter(({ n }) => n > 0)
          .map(({ verdict, n }) => (
            <Badge key={verdict} tone={TONES[verdict]}>
              {n} {verdict}
            </Badge>
          ))}
        <span className="text-muted">
          {before.release === after.release ? "The same release: what changed is chance." : "Another release."}
          {before.suite === after.suite ? "" : " These are different suites."}
        </span>
      </p>
      <Table
        caption="Cases of both runs, regressions first"
        rows={changes}
        keyOf={({ id }) => id}
        columns={[
          { head: "Case", cell: ({ id }) => <CaseName id={id} /> },
          { head: "Change", cell: ({ verdict }) => <Badge tone={TONES[verdict]}>{verdict}</Badge> },
          { head: "Before", align: "right", cell: (each) => <CaseScore of={each.before} /> },
          { head: "After", align: "right", cell: (each) => <CaseScore of={each.after} /> },
          { head: "By", align: "right", cell: (each) => <Difference by={differenceOf(each)} /> },
          {
            head: "What the scorers say now",
            wide: true,
            cell: (each) => (
              <span className="break-words">{(each.after?.failures ?? []).map(plainText).join("; ")}</span>
            ),
          },
        ]}
      />
    </Panel>
  );
}

function CaseScore({ of }: { readonly of: EvalCase | undefined }) {
  if (of === undefined) return <span className="text-muted">not there</span>;
  if (of.taskId === undefined) return <Score score={of.score} />;
  return (
    <Link to="/tasks/$id" params={{ id: of.taskId }} className="inline-flex min-h-6 items-center">
      <Score score={of.score} />
    </Link>
  );
}
