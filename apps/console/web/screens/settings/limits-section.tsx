import { useQuery } from "@tanstack/react-query";
import { api } from "../../api/client.ts";
import type { JsonSchema } from "../../api/types.ts";
import { Panel } from "../../ui/panel.tsx";
import { Empty, Loaded } from "../../ui/status.tsx";
import { Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { ResourceSection } from "./resource-section.tsx";
import { useList } from "./use-list.ts";

export interface LimitRule {
  readonly subject: string;
  readonly id?: string;
  readonly [limit: string]: string | number | undefined;
}

interface Spending {
  readonly subject: string;
  readonly id: string;
  readonly calls: number;
  readonly tokens: number;
  readonly cost: string;
}

const NUMBER: JsonSchema = { type: "integer", minimum: 0 };
const SCHEMA: JsonSchema = {
  type: "object",
  required: ["subject"],
  properties: {
    subject: { enum: ["organization", "principal", "agent", "task"], title: "Limits", description: "task: each run." },
    id: {
      type: "string",
      title: "Which one",
      maxLength: 512,
      description: "A principal's id or an agent's name; default: each of them.",
    },
    callsPerMinute: { ...NUMBER, title: "Calls per minute" },
    readsPerMinute: { ...NUMBER, title: "Reads per minute" },
    writesPerMinute: { ...NUMBER, title: "Writes per minute" },
    concurrentCalls: { ...NUMBER, title: "Calls at once" },
    maxCalls: { ...NUMBER, title: "Calls at most", description: "Per calendar month; of a task: to other agents." },
    maxTokens: { ...NUMBER, title: "Tokens at most" },
    maxCost: {
      type: "string",
      title: "Cost at most",
      pattern: "^[0-9]+(\\.[0-9]{1,6})?$",
      description: "In US dollars.",
      examples: ["100.50"],
    },
  },
};

export function LimitsSection() {
  const query = useList<LimitRule>("limits", "/v1/limits", "rules");
  const rules = query.data ?? [];
  const put = async (next: readonly LimitRule[]) => await api("/v1/limits", { method: "PUT", body: { rules: next } });
  return (
    <div className="flex flex-col gap-4">
      <ResourceSection
        title="Limits and budgets"
        what="the limits"
        about="What is beyond them is refused with what to wait for; a run that goes beyond its own ends."
        queryKey="limits"
        query={query}
        keyOf={sameKey}
        empty={{
          title: "Nothing is limited beyond the platform's own rates",
          command: "npx a2a limits set organization --max-cost 100",
        }}
        creation={{
          label: "Set limit",
          schema: SCHEMA,
          // The form has seen to its shape.
          act: async (value) => {
            const rule = value as LimitRule;
            return await put([...rules.filter((each) => sameKey(each) !== sameKey(rule)), rule]);
          },
        }}
        removal={{
          verb: "Clear",
          nameOf: sameKey,
          act: async (rule) => await put(rules.filter((each) => sameKey(each) !== sameKey(rule))),
          consequence: "It is no longer limited from now on.",
        }}
        columns={[
          {
            head: "Of",
            cell: ({ subject, id }) => (
              <span className="font-medium break-all">{id === undefined ? subject : `${subject} ${id}`}</span>
            ),
          },
          {
            head: "Limits",
            cell: ({ subject: _subject, id: _id, ...limits }) =>
              Object.entries(limits)
                .map(([name, most]) => `${name} ${most}`)
                .join(", "),
          },
        ]}
      />
      <UsagePanel />
    </div>
  );
}

function sameKey({ subject, id }: LimitRule): string {
  return id === undefined ? subject : `${subject} ${id}`;
}

function UsagePanel() {
  const query = useQuery({
    queryKey: ["limits", "usage"],
    queryFn: async ({ signal }) =>
      await api<{ month: string; resetsAt: string; usage: readonly Spending[] }>("/v1/limits/usage", { signal }),
  });
  return (
    <Panel title="Used this month" flush>
      <Loaded query={query} what="what was used">
        {({ month, resetsAt, usage }) =>
          usage.length === 0 ? (
            <Empty title={`Nothing in ${month} yet`} command="npx a2a limits usage" />
          ) : (
            <>
              <p className="border-b border-line px-4 py-3 text-muted">
                {month}, counted anew <Time at={resetsAt} />
              </p>
              <Table
                caption="Used this month, by whom"
                rows={usage}
                keyOf={({ subject, id }) => `${subject} ${id}`}
                columns={[
                  { head: "Of", cell: ({ subject }) => subject },
                  { head: "Id", cell: ({ id }) => <code className="font-mono text-xs break-all">{id}</code> },
                  { head: "Calls", align: "right", cell: ({ calls }) => calls },
                  { head: "Tokens", align: "right", cell: ({ tokens }) => tokens },
                  { head: "Cost", align: "right", cell: ({ cost }) => `$${cost}` },
                ]}
              />
            </>
          )
        }
      </Loaded>
    </Panel>
  );
}
