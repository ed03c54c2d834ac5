import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { Button } from "../../ui/button.tsx";
import { TextField } from "../../ui/field.tsx";
import { LinkButton } from "../../ui/link-button.tsx";
import { Page } from "../../ui/page.tsx";
import { Panel } from "../../ui/panel.tsx";
import { plainText } from "../../ui/plain-text.ts";
import { useSearchState } from "../../ui/search-state.ts";
import { StateBadge } from "../../ui/state-badge.tsx";
import { Empty, Loaded } from "../../ui/status.tsx";
import { Table } from "../../ui/table.tsx";
import { Time, formatDuration } from "../../ui/time.tsx";
import { shellWord } from "../../ui/shell-word.ts";
import { useListKeys } from "../../ui/use-list-keys.ts";
import { deploymentsQuery, durationUs, isUnderWay } from "./deployment-queries.ts";
import type { Deployment } from "./deployment-queries.ts";

/** As a filter: whatever has not ended. */
const UNDER_WAY = "running";

export function DeploymentsScreen() {
  const [{ agent, status }, setSearch] = useSearchState();
  const query = useQuery(deploymentsQuery(agent));
  useListKeys();
  return (
    <Page
      title="Deployments"
      cli={`npx a2a deployments list${agent === undefined ? "" : ` --agent=${shellWord(agent)}`}`}
      actions={
        <LinkButton look="primary" to="/deployments/new">
          <Plus size={15} aria-hidden />
          Deploy
        </LinkButton>
      }
    >
      <div role="search" aria-label="Deployments" className="flex flex-wrap items-center gap-2">
        <div className="w-60 max-w-full">
          <TextField
            label="Agent"
            hiddenLabel
            type="search"
            placeholder="Whole name of an agent"
            data-search
            value={agent ?? ""}
            onChange={(event) => setSearch({ agent: event.currentTarget.value })}
          />
        </div>
        <div role="group" aria-label="State" className="flex flex-wrap gap-1">
          {[undefined, UNDER_WAY, "live", "failed", "canceled"].map((each) => (
            <Button
              key={each ?? "all"}
              look="quiet"
              aria-pressed={status === each}
              className="aria-pressed:bg-accent-soft"
              onClick={() => setSearch({ status: each })}
            >
              {each ?? "all"}
            </Button>
          ))}
        </div>
      </div>
      <Loaded query={query} what="the deployments">
        {({ deployments }) => {
          const shown = deployments.filter(
            (each) => status === undefined || (status === UNDER_WAY ? isUnderWay(each) : each.status === status),
          );
          if (deployments.length === 0) return <Nothing agent={agent} />;
          if (shown.length === 0) return <Empty title={`None of the last ${deployments.length} is ${status}`} />;
          return <List deployments={shown} />;
        }}
      </Loaded>
    </Page>
  );
}

/** The rest is an agent's last output, which stands on the deployment's own page. */
function firstLine(message: string): string {
  return plainText(message.split("\n", 1)[0] ?? "");
}

function Nothing({ agent }: { readonly agent: string | undefined }) {
  return (
    <Empty
      title={agent === undefined ? "Nothing has been deployed yet" : `Nothing has been deployed as ${agent}`}
      command="npx a2a deploy examples/echo"
    >
      A deployment builds a folder, checks that the agent serves its card, and gives it traffic.{" "}
      <Link to="/deployments/new">Choose a folder in this browser</Link>.
    </Empty>
  );
}

function List({ deployments }: { readonly deployments: readonly Deployment[] }) {
  return (
    <Panel flush>
      <Table
        caption="Deployments, newest first"
        rows={deployments}
        keyOf={({ deploymentId }) => deploymentId}
        columns={[
          {
            head: "Deployment",
            cell: ({ deploymentId, agent, status }) => (
              <Link to="/deployments/$id" params={{ id: deploymentId }} data-row className="font-medium">
                {agent ?? (isUnderWay({ status }) ? "no name yet" : "unnamed")}
              </Link>
            ),
          },
          {
            head: "State",
            cell: ({ status, steps, error }) => (
              <span className="flex flex-wrap items-center gap-x-2">
                <StateBadge state={status} />
                <span className="text-xs text-muted">
                  {isUnderWay({ status }) ? (steps.at(-1)?.name ?? "waits for its turn") : (error?.step ?? "")}
                </span>
              </span>
            ),
          },
          {
            head: "Why",
            wide: true,
            cell: ({ error }) =>
              error === undefined ? (
                ""
              ) : (
                <span className="line-clamp-1 max-w-xl text-muted">{firstLine(error.message)}</span>
              ),
          },
          {
            head: "Took",
            align: "right",
            cell: (deployment) => formatDuration(durationUs(deployment, Date.now())),
          },
          { head: "Begun", align: "right", cell: ({ createdAt }) => <Time at={createdAt} /> },
        ]}
      />
    </Panel>
  );
}
