import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Panel } from "../../ui/panel.tsx";
import { StateBadge } from "../../ui/state-badge.tsx";
import { Empty, Loaded } from "../../ui/status.tsx";
import { Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { agentsQuery } from "./eval-queries.ts";
import { Score } from "./score.tsx";

/** Every agent with the last score of its live release. */
export function ScoresPanel() {
  const query = useQuery(agentsQuery);
  return (
    <Panel title="Last scores" flush>
      <Loaded query={query} what="the agents">
        {({ agents }) =>
          agents.length === 0 ? (
            <Empty title="No agents yet" command="npx a2a deploy examples/csv-analyst">
              An agent brings along what it should be able to do: suites of cases in its folder evals.
            </Empty>
          ) : (
            <Table
              caption="Agents and their last scores"
              rows={agents}
              keyOf={({ name }) => name}
              columns={[
                {
                  head: "Agent",
                  cell: ({ name }) => (
                    <Link data-row to="/evals" search={{ agent: name }} className="inline-flex min-h-6 items-center">
                      {name}
                    </Link>
                  ),
                },
                {
                  head: "Last run",
                  cell: ({ evals }) =>
                    evals === undefined ? (
                      <span className="text-muted">never run</span>
                    ) : (
                      <StateBadge state={evals.passed ? "passed" : "failed"} />
                    ),
                },
                { head: "Score", align: "right", cell: ({ evals }) => <Score score={evals?.score} /> },
                { head: "Suite", wide: true, cell: ({ evals }) => evals?.suite ?? "" },
                {
                  head: "Real tasks",
                  wide: true,
                  cell: ({ sampled }) => (sampled === undefined ? "" : `${sampled.passed} of ${sampled.scored} passed`),
                },
                { head: "When", wide: true, cell: ({ evals }) => (evals === undefined ? "" : <Time at={evals.at} />) },
              ]}
            />
          )
        }
      </Loaded>
    </Panel>
  );
}
