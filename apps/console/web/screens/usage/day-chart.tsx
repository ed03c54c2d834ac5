import { Button } from "../../ui/button.tsx";
import { Panel } from "../../ui/panel.tsx";
import { useSearchState } from "../../ui/search-state.ts";
import { Table } from "../../ui/table.tsx";
import { money } from "./amount.ts";
import { daysOf } from "./month.ts";
import type { UsageReport } from "./usage-queries.ts";

const HEIGHT = 96;
const STEP = 20;
const BAR = 14;

interface DayChartProps {
  readonly month: string;
  readonly report: UsageReport;
}

/** What each day cost, or how often was called where nothing costs anything; the same as a table for those who rather read. */
export function DayChart({ month, report }: DayChartProps) {
  const [{ as }, setSearch] = useSearchState();
  const isPriced = report.groups.some(({ amount }) => Number(amount) !== 0);
  const days = daysOf(month).map((day) => ({ day, found: report.groups.find(({ key }) => key === day) }));
  const valueOf = ({ found }: (typeof days)[number]): number =>
    found === undefined ? 0 : isPriced ? Math.max(0, Number(found.amount)) : found.calls;
  const most = Math.max(...days.map(valueOf));
  const title = isPriced ? "Amount by day" : "Calls by day";
  return (
    <Panel
      title={title}
      actions={
        <Button
          small
          aria-pressed={as === "table"}
          onClick={() => setSearch({ as: as === "table" ? undefined : "table" })}
        >
          As a table
        </Button>
      }
    >
      {as === "table" ? (
        <Table
          caption={`${title}, as a table`}
          rows={days.filter(({ found }) => found !== undefined)}
          keyOf={({ day }) => day}
          columns={[
            { head: "Day", cell: ({ day }) => day },
            { head: "Calls", align: "right", cell: ({ found }) => found?.calls.toLocaleString("en") },
            { head: "Amount", align: "right", cell: ({ found }) => money(found?.amount ?? "0", report.currency) },
          ]}
        />
      ) : (
        <svg
          role="img"
          aria-label={`${title}: at most ${isPriced ? money(most.toFixed(2), report.currency) : most.toLocaleString("en")} in a day. The button shows it as a table.`}
          viewBox={`0 0 ${days.length * STEP} ${HEIGHT + 18}`}
          preserveAspectRatio="none"
          className="h-32 w-full"
        >
          <line x1={0} x2={days.length * STEP} y1={HEIGHT} y2={HEIGHT} className="stroke-line" />
          {days.map((each, n) => (
            <Bar key={each.day} at={n} share={most === 0 ? 0 : valueOf(each) / most} />
          ))}
        </svg>
      )}
      {as === "table" ? undefined : (
        <p className="mt-1 flex justify-between text-xs text-muted tabular-nums" aria-hidden>
          <span>{days[0]?.day}</span>
          <span>most: {isPriced ? money(String(most), report.currency) : most.toLocaleString("en")}</span>
          <span>{days.at(-1)?.day}</span>
        </p>
      )}
    </Panel>
  );
}

function Bar({ at, share }: { readonly at: number; readonly share: number }) {
  const height = share === 0 ? 0 : Math.max(2, share * (HEIGHT - 4));
  return (
    <rect x={at * STEP + (STEP - BAR) / 2} y={HEIGHT - height} width={BAR} height={height} className="fill-accent" />
  );
}
