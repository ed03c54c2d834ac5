import { Link } from "@tanstack/react-router";
import { plainText } from "../../ui/plain-text.ts";
import { Table } from "../../ui/table.tsx";
import { money, seconds } from "./amount.ts";
import type { UsageGroup, UsageReport } from "./usage-queries.ts";

/** Groups with the most expensive first; agents and callers lead to their journals. */
export function UsageTable({ report, month }: { readonly report: UsageReport; readonly month: string }) {
  const { groupBy, currency } = report;
  const rows =
    groupBy === "day" ? report.groups : report.groups.toSorted((a, b) => Number(b.amount) - Number(a.amount));
  return (
    <Table
      caption={`Usage by ${groupBy}`}
      rows={rows}
      keyOf={({ key }) => key}
      columns={[
        {
          head: groupBy[0]?.toUpperCase() + groupBy.slice(1),
          cell: (group) => <Name of={group} by={groupBy} month={month} />,
        },
        { head: "Calls", align: "right", cell: ({ calls }) => calls.toLocaleString("en") },
        { head: "Time", align: "right", wide: true, cell: (group) => seconds(group.seconds) },
        {
          head: "Input tokens",
          align: "right",
          wide: true,
          cell: ({ inputTokens }) => inputTokens.toLocaleString("en"),
        },
        {
          head: "Output tokens",
          align: "right",
          wide: true,
          cell: ({ outputTokens }) => outputTokens.toLocaleString("en"),
        },
        { head: "Charged", align: "right", wide: true, cell: ({ charged }) => money(charged, currency) },
        { head: "Refunded", align: "right", wide: true, cell: ({ refunded }) => money(refunded, currency) },
        { head: "Amount", align: "right", cell: ({ amount }) => money(amount, currency) },
      ]}
    />
  );
}

interface NameProps {
  readonly of: UsageGroup;
  readonly by: UsageReport["groupBy"];
  readonly month: string;
}

function Name({ of: { key, agentName }, by, month }: NameProps) {
  const text = plainText(agentName ?? key);
  const shown =
    text === "" ? <span className="text-muted">none named</span> : <span className="break-all">{text}</span>;
  if (by !== "agent" && by !== "caller") return shown;
  return (
    <Link
      data-row
      to="/usage"
      search={{ tab: "statement", month, ...(by === "agent" ? { agent: key } : { caller: key }) }}
      className="inline-flex min-h-6 items-center"
    >
      {shown}
    </Link>
  );
}
