import { Page } from "../../ui/page.tsx";
import { useSearchState } from "../../ui/search-state.ts";
import { shellWord } from "../../ui/shell-word.ts";
import { Tabs } from "../../ui/tabs.tsx";
import { useListKeys } from "../../ui/use-list-keys.ts";
import { BudgetsTab } from "./budgets-tab.tsx";
import { MonthPicker } from "./month-picker.tsx";
import { readMonth } from "./month.ts";
import { StatementTab } from "./statement-tab.tsx";
import { UsageTab } from "./usage-tab.tsx";
import { GROUPS } from "./usage-queries.ts";
import type { Group } from "./usage-queries.ts";

const TABS = [
  { id: "usage", label: "Usage" },
  { id: "statement", label: "Statement" },
  { id: "budgets", label: "Budgets and limits" },
] as const;

/** What was used, what it costs, and down to the receipt that proves each cent. */
export function UsageScreen() {
  const [{ tab = "usage", month: wanted, by }, setSearch] = useSearchState();
  const month = readMonth(wanted, new Date());
  const groupBy = GROUPS.find((each) => each === by) ?? "agent";
  useListKeys();
  return (
    <Page
      title="Usage and billing"
      cli={cliOf(tab, month, groupBy)}
      actions={tab === "budgets" ? undefined : <MonthPicker month={month} />}
    >
      <Tabs
        label="Usage and billing"
        tabs={TABS}
        selected={TABS.some(({ id }) => id === tab) ? tab : "usage"}
        onSelect={(id) => setSearch({ tab: id === "usage" ? undefined : id })}
      >
        {tab === "statement" ? (
          <StatementTab month={month} />
        ) : tab === "budgets" ? (
          <BudgetsTab />
        ) : (
          <UsageTab month={month} groupBy={groupBy} />
        )}
      </Tabs>
    </Page>
  );
}

function cliOf(tab: string, month: string, groupBy: Group): string {
  if (tab === "statement") return `npx a2a billing statement ${shellWord(month)}`;
  if (tab === "budgets") return "npx a2a limits usage";
  return `npx a2a usage --by ${groupBy}`;
}
