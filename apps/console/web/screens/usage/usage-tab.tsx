import { useQuery } from "@tanstack/react-query";
import { SelectField } from "../../ui/field.tsx";
import { Panel } from "../../ui/panel.tsx";
import { useSearchState } from "../../ui/search-state.ts";
import { Empty, Loaded } from "../../ui/status.tsx";
import { CsvButton } from "./csv-button.tsx";
import { DayChart } from "./day-chart.tsx";
import { periodOf } from "./month.ts";
import { Totals } from "./totals.tsx";
import { UsageTable } from "./usage-table.tsx";
import { GROUPS, usageAddress, usageQuery } from "./usage-queries.ts";
import type { Group } from "./usage-queries.ts";

interface UsageTabProps {
  readonly month: string;
  readonly groupBy: Group;
}

export function UsageTab({ month, groupBy }: UsageTabProps) {
  const [, setSearch] = useSearchState();
  const { from, to } = periodOf(month);
  const query = useQuery(usageQuery(groupBy, from, to));
  const byDay = useQuery(usageQuery("day", from, to));
  return (
    <div className="flex flex-col gap-4">
      <Loaded query={byDay} what="the month">
        {(report) => (
          <>
            <Totals month={month} total={report.total} currency={report.currency} />
            {report.groups.length === 0 ? undefined : <DayChart month={month} report={report} />}
          </>
        )}
      </Loaded>
      <Panel
        title="Usage"
        flush
        actions={
          <>
            <div className="w-40">
              <SelectField
                label="Group by"
                hiddenLabel
                value={groupBy}
                onChange={(event) => setSearch({ by: event.currentTarget.value })}
              >
                {GROUPS.map((each) => (
                  <option key={each} value={each}>
                    {`by ${each}`}
                  </option>
                ))}
              </SelectField>
            </div>
            <CsvButton address={usageAddress(groupBy, from, to)} name={`usage-by-${groupBy}-${month}.csv`} />
          </>
        }
      >
        <Loaded query={query} what="the usage">
          {(report) =>
            report.groups.length === 0 ? (
              <Empty
                title="Nothing was used in this month"
                command={`npx a2a call echo echo --input '{"text":"hello"}'`}
              >
                Every run that ends is counted here, also when it costs nothing.
              </Empty>
            ) : (
              <UsageTable report={report} month={month} />
            )
          }
        </Loaded>
      </Panel>
    </div>
  );
}
