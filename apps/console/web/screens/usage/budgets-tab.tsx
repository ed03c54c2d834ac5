import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Badge } from "../../ui/badge.tsx";
import { Panel } from "../../ui/panel.tsx";
import { plainText } from "../../ui/plain-text.ts";
import { MeterBar } from "../../ui/meter-bar.tsx";
import { Empty, Loaded } from "../../ui/status.tsx";
import { Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { money } from "./amount.ts";
import { budgetLines } from "./budget-share.ts";
import type { BudgetLine } from "./budget-share.ts";
import { agentNamesQuery, limitsQuery, spendingQuery } from "./usage-queries.ts";
import type { LimitRule, Spending } from "./usage-queries.ts";

const NEARLY = 0.8;

/** How much of each budget is gone, and what else is limited. */
export function BudgetsTab() {
  const limits = useQuery(limitsQuery);
  const spending = useQuery(spendingQuery);
  const names = useQuery(agentNamesQuery).data;
  return (
    <Loaded query={limits} what="the limits">
      {({ rules }) => (
        <Loaded query={spending} what="what was used">
          {({ usage, resetsAt }) => {
            const named = usage.map((each) =>
              each.subject === "agent" ? { ...each, id: names?.get(each.id) ?? each.id } : each,
            );
            return (
              <div className="flex flex-col gap-4">
                <Budgets lines={budgetLines(rules, named)} resetsAt={resetsAt} />
                <Rules rules={rules} />
                <SpendingPanel usage={named} />
              </div>
            );
          }}
        </Loaded>
      )}
    </Loaded>
  );
}

function Budgets({ lines, resetsAt }: { readonly lines: readonly BudgetLine[]; readonly resetsAt: string }) {
  return (
    <Panel
      title="Budgets of this month"
      flush
      actions={
        <span className="text-xs text-muted">
          anew <Time at={resetsAt} />
        </span>
      }
    >
      {lines.length === 0 ? (
        <Empty title="No budget is set, or none was touched" command="npx a2a limits set organization --max-cost 100">
          A budget is calls, tokens or cost of a calendar month. What does not fit into it is refused.
        </Empty>
      ) : (
        <Table
          caption="Budgets, the fullest first"
          rows={lines}
          keyOf={({ rule, id, what }) => `${rule.subject} ${rule.id ?? ""} ${id} ${what}`}
          columns={[
            { head: "Whose", cell: ({ rule, id }) => <Whose subject={rule.subject} id={id} /> },
            { head: "Of", cell: ({ what }) => what },
            {
              head: "Used",
              align: "right",
              cell: ({ used, most, what }) =>
                what === "cost" ? `${money(used)} of ${money(most)}` : `${used} of ${most}`,
            },
            { head: "Share", cell: ({ share }) => <Share share={share} /> },
          ]}
        />
      )}
    </Panel>
  );
}

function Whose({ subject, id }: { readonly subject: string; readonly id: string }) {
  return (
    <span>
      {subject} <span className="text-xs break-all text-muted">{subject === "organization" ? "" : plainText(id)}</span>
    </span>
  );
}

function Share({ share }: { readonly share: number }) {
  const percent = Math.round(share * 100);
  return (
    <span className="flex items-center gap-2">
      <MeterBar label="Share that is used" value={Math.min(1, share)} max={1} />
      <Badge tone={share >= 1 ? "bad" : share >= NEARLY ? "warn" : "good"}>
        {`${percent} %${share >= 1 ? ", used up" : share >= NEARLY ? ", nearly" : ""}`}
      </Badge>
    </span>
  );
}

function Rules({ rules }: { readonly rules: readonly LimitRule[] }) {
  return (
    <Panel
      title="Rules"
      flush
      actions={
        <Link to="/settings" search={{ section: "limits" }} className="inline-flex min-h-6 items-center text-xs">
          Change them
        </Link>
      }
    >
      {rules.length === 0 ? (
        <Empty title="Only the platform's own rates hold" command="npx a2a limits list" />
      ) : (
        <Table
          caption="Every rule"
          rows={rules}
          keyOf={({ subject, id }) => `${subject} ${id ?? ""}`}
          columns={[
            {
              head: "For",
              cell: ({ subject, id }) =>
                id === undefined ? (
                  subject === "organization" ? (
                    "the organization"
                  ) : (
                    `each ${subject}`
                  )
                ) : (
                  <Whose subject={subject} id={id} />
                ),
            },
            { head: "Allows", cell: (rule) => allowed(rule) },
          ]}
        />
      )}
    </Panel>
  );
}

const NAMES: readonly (readonly [keyof LimitRule, string])[] = [
  ["maxCost", "cost"],
  ["maxCalls", "calls"],
  ["maxTokens", "tokens"],
  ["callsPerMinute", "calls a minute"],
  ["readsPerMinute", "reads a minute"],
  ["writesPerMinute", "writes a minute"],
  ["concurrentCalls", "calls at once"],
];

function allowed(rule: LimitRule): string {
  return NAMES.flatMap(([name, said]) => {
    const value = rule[name];
    if (value === undefined) return [];
    return [name === "maxCost" ? `${money(String(value))} of cost` : `${Number(value).toLocaleString("en")} ${said}`];
  }).join(", ");
}

function SpendingPanel({ usage }: { readonly usage: readonly Spending[] }) {
  if (usage.length === 0) return undefined;
  return (
    <Panel title="What counts against them" flush>
      <Table
        caption="Calls, tokens and cost of this month, what cost most first"
        rows={usage}
        keyOf={({ subject, id }) => `${subject} ${id}`}
        columns={[
          { head: "Whose", cell: ({ subject, id }) => <Whose subject={subject} id={id} /> },
          { head: "Calls", align: "right", cell: ({ calls }) => calls.toLocaleString("en") },
          { head: "Tokens", align: "right", cell: ({ tokens }) => tokens.toLocaleString("en") },
          { head: "Cost", align: "right", cell: ({ cost }) => money(cost) },
        ]}
      />
    </Panel>
  );
}
