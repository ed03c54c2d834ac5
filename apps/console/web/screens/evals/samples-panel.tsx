import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Panel } from "../../ui/panel.tsx";
import { plainText } from "../../ui/plain-text.ts";
import { shellWord } from "../../ui/shell-word.ts";
import { StateBadge } from "../../ui/state-badge.tsx";
import { Empty, Loaded } from "../../ui/status.tsx";
import { Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { samplesQuery } from "./eval-queries.ts";
import { Score } from "./score.tsx";

/** What callers really asked, scored afterwards. */
export function SamplesPanel({ agent }: { readonly agent: string }) {
  const query = useQuery(samplesQuery(agent));
  return (
    <Panel title="Real tasks" flush>
      <Loaded query={query} what="the sampled tasks">
        {({ samples }) =>
          samples.length === 0 ? (
            <Empty title="No real task was scored yet" command={`npx a2a evals samples ${shellWord(agent)}`}>
              berth.json says how many are: evals.sample with a rate and a suite that has sampled scorers.
            </Empty>
          ) : (
            <Table
              caption="Real tasks that were scored, newest first"
              rows={samples}
              keyOf={({ taskId }) => taskId}
              columns={[
                {
                  head: "Task",
                  cell: ({ taskId }) => (
                    <Link
                      data-row
                      to="/tasks/$id"
                      params={{ id: taskId }}
                      className="inline-flex min-h-6 items-center font-mono text-xs"
                    >
                      {taskId}
                    </Link>
                  ),
                },
                {
                  head: "Result",
                  cell: ({ passed, notScored }) => (
                    <StateBadge state={notScored === undefined ? (passed ? "passed" : "failed") : "not scored"} />
                  ),
                },
                { head: "Score", align: "right", cell: ({ score }) => <Score score={score} /> },
                {
                  head: "What the scorers said",
                  wide: true,
                  cell: ({ failures, notScored }) => plainText(notScored ?? failures.join("; ")),
                },
                {
                  head: "Add",
                  cell: ({ taskId }) => (
                    <Link
                      to="."
                      search={(before) => ({ ...before, tab: "case", task: taskId })}
                      className="inline-flex min-h-6 items-center"
                    >
                      as a case
                    </Link>
                  ),
                },
                { head: "When", wide: true, cell: ({ at }) => <Time at={at} /> },
              ]}
            />
          )
        }
      </Loaded>
    </Panel>
  );
}
