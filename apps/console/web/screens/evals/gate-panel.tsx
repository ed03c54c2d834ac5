import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Panel } from "../../ui/panel.tsx";
import { StateBadge } from "../../ui/state-badge.tsx";
import { Empty, Loaded } from "../../ui/status.tsx";
import { Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { gateQuery } from "./eval-queries.ts";
import { Score } from "./score.tsx";

/** Which deployments had to pass a suite before they took traffic, and whether they did. */
export function GatePanel({ agent }: { readonly agent: string }) {
  const query = useQuery(gateQuery(agent));
  return (
    <Panel title="Deployments and their gate" flush>
      <Loaded query={query} what="the deployments">
        {({ deployments }) => {
          const gated = deployments.flatMap(({ evals = [], ...deployment }) =>
            evals.map((gate) => ({ ...deployment, gate })),
          );
          return gated.length === 0 ? (
            <Empty title="No deployment passed a gate" command="npx a2a deploy .">
              With evals.gate in berth.json, a suite has to pass before a new release takes traffic. Of{" "}
              {deployments.length === 20 ? "the last 20" : deployments.length} deployments none had one.
            </Empty>
          ) : (
            <Table
              caption="Gates of deployments, newest first"
              rows={gated}
              keyOf={({ deploymentId, gate }) => `${deploymentId} ${gate.suite}`}
              columns={[
                {
                  head: "Deployment",
                  cell: ({ deploymentId }) => (
                    <Link
                      data-row
                      to="/deployments/$id"
                      params={{ id: deploymentId }}
                      className="inline-flex min-h-6 items-center font-mono text-xs"
                    >
                      {deploymentId}
                    </Link>
                  ),
                },
                { head: "Gate", cell: ({ gate }) => <StateBadge state={gate.passed ? "passed" : "failed"} /> },
                {
                  head: "Score",
                  align: "right",
                  cell: ({ gate }) => (
                    <Link
                      to="."
                      search={(before) => ({ ...before, tab: undefined, run: gate.runId })}
                      className="inline-flex min-h-6 items-center"
                    >
                      <Score score={gate.score} threshold={gate.threshold} />
                    </Link>
                  ),
                },
                { head: "Suite", wide: true, cell: ({ gate }) => gate.suite },
                { head: "Became", cell: ({ status }) => <StateBadge state={status} /> },
                { head: "When", wide: true, cell: ({ createdAt }) => <Time at={createdAt} /> },
              ]}
            />
          );
        }}
      </Loaded>
    </Panel>
  );
}
