import { Link } from "@tanstack/react-router";
import { StateBadge } from "../../ui/state-badge.tsx";
import { Empty } from "../../ui/status.tsx";
import { Table } from "../../ui/table.tsx";
import { plainText } from "../../ui/plain-text.ts";
import type { EvalCase } from "./eval-queries.ts";
import { CaseName, Score } from "./score.tsx";

/** Those that did not pass first: they are what a run is looked at for. */
export function CaseTable({ cases }: { readonly cases: readonly EvalCase[] }) {
  if (cases.length === 0) return <Empty title="No case is over yet" />;
  const rows = cases.toSorted((a, b) => Number(a.passed) - Number(b.passed));
  return (
    <Table
      caption="Cases of the run, those that did not pass first"
      rows={rows}
      keyOf={({ id }) => id}
      columns={[
        { head: "Case", cell: ({ id }) => <CaseName id={id} /> },
        {
          head: "Result",
          cell: ({ passed, notScored }) => (
            <StateBadge state={notScored === undefined ? (passed ? "passed" : "failed") : "not scored"} />
          ),
        },
        { head: "Score", align: "right", cell: ({ score }) => <Score score={score} /> },
        { head: "What each scorer said", cell: (row) => <Failures {...row} /> },
        {
          head: "Evidence",
          cell: ({ taskId, receiptId }) => (
            <span className="flex flex-wrap gap-x-3">
              {taskId === undefined ? undefined : (
                <Link to="/tasks/$id" params={{ id: taskId }} className="inline-flex min-h-6 items-center">
                  task
                </Link>
              )}
              {receiptId === undefined ? undefined : (
                <Link to="/receipts/$id" params={{ id: receiptId }} className="inline-flex min-h-6 items-center">
                  receipt
                </Link>
              )}
            </span>
          ),
        },
      ]}
    />
  );
}

function Failures({ failures, notScored }: Pick<EvalCase, "failures" | "notScored">) {
  if (notScored !== undefined) return <span className="text-muted">{plainText(notScored)}</span>;
  if (failures.length === 0) return <span className="text-muted">nothing to object to</span>;
  return (
    <ul className="flex max-w-prose flex-col gap-0.5">
      {failures.map((failure, at) => (
        <li key={`${at} ${failure}`} className="break-words">
          {plainText(failure)}
        </li>
      ))}
    </ul>
  );
}
