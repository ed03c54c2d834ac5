import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { path } from "../../api/client.ts";
import { Panel } from "../../ui/panel.tsx";
import { plainText } from "../../ui/plain-text.ts";
import { useSearchState } from "../../ui/search-state.ts";
import { Empty, Loaded } from "../../ui/status.tsx";
import { Table } from "../../ui/table.tsx";
import { money } from "./amount.ts";
import { CsvButton } from "./csv-button.tsx";
import { JournalsPanel } from "./journals-panel.tsx";
import { Totals } from "./totals.tsx";
import { statementQuery } from "./usage-queries.ts";
import type { Statement } from "./usage-queries.ts";

/** A month by agent and caller. A line opens the journals it is the sum of, a journal its receipt. */
export function StatementTab({ month }: { readonly month: string }) {
  const query = useQuery(statementQuery(month));
  const [{ agent, caller }] = useSearchState();
  return (
    <Loaded query={query} what="the statement">
      {(statement) => (
        <div className="flex flex-col gap-4">
          <Totals month={month} total={statement.total} currency={statement.currency} />
          {agent === undefined && caller === undefined ? undefined : (
            <JournalsPanel month={month} agent={agent} caller={caller} />
          )}
          <Lines statement={statement} />
          <Accounts statement={statement} />
        </div>
      )}
    </Loaded>
  );
}

function Lines({ statement: { month, lines, currency } }: { readonly statement: Statement }) {
  return (
    <Panel
      title="Lines"
      flush
      actions={<CsvButton address={path`/v1/statements/${month}`} name={`statement-${month}.csv`} />}
    >
      {lines.length === 0 ? (
        <Empty title="Nothing was used in this month" command={`npx a2a billing statement ${month}`} />
      ) : (
        <Table
          caption="Lines of the statement, by agent and caller"
          rows={lines}
          keyOf={({ agentId, principalId }) => `${agentId} ${principalId}`}
          columns={[
            {
              head: "Agent",
              cell: ({ agentId, agentName, principalId }) => (
                <Link
                  data-row
                  to="/usage"
                  search={{ tab: "statement", month, agent: agentId, caller: principalId }}
                  className="inline-flex min-h-6 items-center break-all"
                >
                  {plainText(agentName)}
                </Link>
              ),
            },
            {
              head: "Caller",
              cell: ({ principalId }) => <span className="text-xs break-all">{plainText(principalId)}</span>,
            },
            { head: "Calls", align: "right", cell: ({ calls }) => calls.toLocaleString("en") },
            { head: "Charged", align: "right", wide: true, cell: ({ charged }) => money(charged, currency) },
            { head: "Refunded", align: "right", wide: true, cell: ({ refunded }) => money(refunded, currency) },
            { head: "Amount", align: "right", cell: ({ amount }) => money(amount, currency) },
          ]}
        />
      )}
    </Panel>
  );
}

function Accounts({ statement: { accounts, currency } }: { readonly statement: Statement }) {
  if (accounts.length === 0) return undefined;
  return (
    <Panel title="Accounts, whose balances add up to 0" flush>
      <Table
        caption="Accounts"
        rows={accounts}
        keyOf={({ account }) => account}
        columns={[
          {
            head: "Account",
            cell: ({ account }) => <span className="font-mono text-xs break-all">{plainText(account)}</span>,
          },
          { head: "Debit", align: "right", wide: true, cell: ({ debit }) => money(debit, currency) },
          { head: "Credit", align: "right", wide: true, cell: ({ credit }) => money(credit, currency) },
          { head: "Balance", align: "right", cell: ({ balance }) => money(balance, currency) },
        ]}
      />
    </Panel>
  );
}
