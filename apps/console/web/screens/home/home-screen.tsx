import { useQuery } from "@tanstack/react-query";
import { LinkButton } from "../../ui/link-button.tsx";
import { Page } from "../../ui/page.tsx";
import { Loaded } from "../../ui/status.tsx";
import { AttentionPanel } from "./attention-panel.tsx";
import { CounterRow } from "./counter-row.tsx";
import { FirstSteps } from "./first-steps.tsx";
import { homeAgents, homeTasks } from "./home-queries.ts";
import { MapPanel } from "./map-panel.tsx";
import { RecentTasks } from "./recent-tasks.tsx";

/** What goes on, and what needs somebody. */
export function HomeScreen() {
  const agents = useQuery(homeAgents);
  const tasks = useQuery(homeTasks(undefined, 100));
  return (
    <Page
      title="Home"
      cli="npx a2a tasks list"
      actions={
        <LinkButton look="primary" to="/deployments/new">
          Deploy
        </LinkButton>
      }
    >
      <Loaded query={agents} what="what goes on">
        {(all) => (
          <Loaded query={tasks} what="the tasks">
            {(page) => (
              <>
                {all.length === 0 || page.totalSize === 0 ? <FirstSteps agent={all[0]?.name} /> : undefined}
                <CounterRow agents={all} tasks={page} />
                {all.length === 0 ? undefined : (
                  <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,2fr)_minmax(18rem,1fr)]">
                    <MapPanel agents={all} tasks={page.tasks} />
                    <AttentionPanel agents={all} />
                  </div>
                )}
                {page.tasks.length === 0 ? undefined : <RecentTasks tasks={page.tasks.slice(0, 12)} />}
              </>
            )}
          </Loaded>
        )}
      </Loaded>
    </Page>
  );
}
