import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { X } from "lucide-react";
import { Button } from "../../ui/button.tsx";
import { Panel } from "../../ui/panel.tsx";
import { plainText } from "../../ui/plain-text.ts";
import { useSearchState } from "../../ui/search-state.ts";
import { Empty, Loaded } from "../../ui/status.tsx";
import { Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { money } from "./amount.ts";
import { periodOf } from "./month.ts";
import { ReceiptLink } from "./receipt-link.tsx";
import { journalsQuery } from "./usage-queries.ts";
import type { Journal } from "./usage-queries.ts";

interface JournalsPanelProps {
  readonly month: string;
  readonly agent: string | undefined;
  readonly caller: string | undefined;
}

/** What a line is the sum of. The platform gives a month's journals page by page; those of other lines are left out here. */
export function JournalsPanel({ month, agent, caller }: JournalsPanelProps) {
  const [, setSearch] = useSearchState();
  const { from, to } = periodOf(month);
  const query = useInfiniteQuery(journalsQuery(from, to));
  const all = query.data?.pages.flatMap(({ journals }) => journals) ?? [];
  const rows = all.filter((each) => isOf(each, agent, caller));
  return (
    <Panel
      title="Journals of this line"
      flush
      actions={
        <Button
          small
          look="quiet"
          aria-label="Close the journals"
          onClick={() => setSearch({ agent: undefined, caller: undefined })}
        >
          <X size={14} aria-hidden />
        </Button>
      }
    >
      <Loaded query={query} what="the journals">
        {() => (rows.length === 0 ? <Empty title="None among those that are loaded" /> : <Rows rows={rows} />)}
      </Loaded>
      {query.hasNextPage ? (
        <p className="flex items-center gap-2 p-3 text-sm text-muted">
          {all.length.toLocaleString("en")} of the month&apos;s journals were looked at.
          <Button small disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Look at older ones
          </Button>
        </p>
      ) : undefined}
    </Panel>
  );
}

function isOf(journal: Journal, agent: string | undefined, caller: string | undefined): boolean {
  return (agent === undefined || journal.agentId === agent) && (caller === undefined || journal.caller === caller);
}

function Rows({ rows }: { readonly rows: readonly Journal[] }) {
  return (
    <Table
      caption="Journals, newest first"
      rows={rows}
      keyOf={({ journalId }) => journalId}
      columns={[
        { head: "When", cell: ({ at }) => <Time at={at} /> },
        {
          head: "For",
          cell: ({ kind, skill, reason }) =>
            kind === "refund" ? `refund: ${plainText(reason ?? "")}` : plainText(skill ?? "a run"),
        },
        { head: "Amount", align: "right", cell: ({ amount }) => money(amount) },
        {
          head: "Postings",
          wide: true,
          cell: ({ lines }) =>
            lines.length === 0 ? (
              <span className="text-muted">none: it cost nothing</span>
            ) : (
              <ul className="font-mono text-xs">
                {lines.map(({ account, amount }) => (
                  <li key={account} className="break-all">
                    {plainText(account)} {amount}
                  </li>
                ))}
              </ul>
            ),
        },
        {
          head: "Task",
          cell: ({ taskId }) => (
            <Link
              data-row
              to="/tasks/$id"
              params={{ id: taskId }}
              className="inline-flex min-h-6 items-center font-mono text-xs"
            >
              {taskId.slice(-10)}
            </Link>
          ),
        },
        { head: "Proof", cell: (journal) => <ReceiptLink journal={journal} /> },
      ]}
    />
  );
}
