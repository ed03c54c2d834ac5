import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleCheck, CirclePause, FileClock, Rocket, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import type { Agent } from "../../api/types.ts";
import { Panel } from "../../ui/panel.tsx";
import { plainText } from "../../ui/plain-text.ts";
import { Time } from "../../ui/time.tsx";
import { textOf } from "../agents/skill-run.ts";
import type { Deployment } from "../deployments/deployment-queries.ts";
import { isFailing } from "../agents/filter-agents.ts";
import { homeApprovals, homeDeployments, homeTasks } from "./home-queries.ts";

const MAX_EACH = 5;
const MAX_DEPLOYMENTS = 3;
const DAY_MS = 86_400_000;

/** What does not go on without somebody, or does not go well. */
export function AttentionPanel({ agents }: { readonly agents: readonly Agent[] }) {
  const input = useQuery(homeTasks("TASK_STATE_INPUT_REQUIRED", MAX_EACH));
  const authorization = useQuery(homeTasks("TASK_STATE_AUTH_REQUIRED", MAX_EACH));
  const approvals = useQuery(homeApprovals);
  const deployments = useQuery(homeDeployments);
  const waiting = [...(input.data?.tasks ?? []), ...(authorization.data?.tasks ?? [])];
  const failing = agents.filter(isFailing);
  const failed = unmended(deployments.data ?? []);
  const isQuiet = [waiting, approvals.data ?? [], failing, failed].every((each) => each.length === 0);
  return (
    <Panel title="Needs somebody" flush>
      {isQuiet ? (
        <p className="flex items-center gap-2 px-4 py-6 text-muted">
          <CircleCheck size={16} aria-hidden className="text-good" />
          Nothing waits and nothing fails.
        </p>
      ) : (
        <ul className="divide-y divide-line">
          {(approvals.data ?? []).slice(0, MAX_EACH).map(({ id, agent, reason }) => (
            <Row key={id} icon={<FileClock size={16} aria-label="Approval" className="text-warn" />}>
              <Link to="/approvals" search={{ id }} className="font-medium">
                {agent}
              </Link>{" "}
              asks for more
              <Detail>{reason ?? ""}</Detail>
            </Row>
          ))}
          {waiting.map(({ task, agent, createdAt }) => (
            <Row key={task.id} icon={<CirclePause size={16} aria-label="Waits" className="text-warn" />}>
              <Link to="/tasks/$id" params={{ id: task.id }} className="font-medium">
                {agent}
              </Link>{" "}
              waits for an answer since <Time at={task.status.timestamp ?? createdAt} />
              <Detail>{textOf(task.status.message)}</Detail>
            </Row>
          ))}
          {failing.slice(0, MAX_EACH).map(({ name, health }) => (
            <Row key={name} icon={<TriangleAlert size={16} aria-label="Fails" className="text-bad" />}>
              <Link to="/agents/$name" params={{ name }} search={{ tab: "health" }} className="font-medium">
                {name}
              </Link>{" "}
              {health?.reason?.replaceAll("_", " ")}{" "}
              {health?.since === undefined ? undefined : <Time at={health.since} />}
              <Detail>{health?.detail ?? ""}</Detail>
            </Row>
          ))}
          {failed.slice(0, MAX_DEPLOYMENTS).map(({ deploymentId, agent, createdAt, error }) => (
            <Row key={deploymentId} icon={<Rocket size={16} aria-label="Deployment" className="text-bad" />}>
              <Link to="/deployments/$id" params={{ id: deploymentId }} className="font-medium">
                Deployment{agent === null ? "" : ` of ${agent}`}
              </Link>{" "}
              failed <Time at={createdAt} />
              <Detail>{error?.message.split("\n", 1)[0] ?? ""}</Detail>
            </Row>
          ))}
        </ul>
      )}
    </Panel>
  );
}

/** Failed within a day, and nothing has been deployed under that name since. Newest first, as they come. */
function unmended(deployments: readonly Deployment[]): readonly Deployment[] {
  const seen = new Set<string>();
  return deployments.filter(({ agent, status, createdAt }) => {
    const isNewest = agent === null || !seen.has(agent);
    if (agent !== null) seen.add(agent);
    return isNewest && status === "failed" && Date.now() - Date.parse(createdAt) < DAY_MS;
  });
}

function Row({ icon, children }: { readonly icon: ReactNode; readonly children: ReactNode }) {
  return (
    <li className="flex items-start gap-3 px-4 py-2">
      <span className="mt-0.5 shrink-0">{icon}</span>
      <div className="min-w-0 break-words">{children}</div>
    </li>
  );
}

/** What agents and builds said: text, and no more than two lines of it. */
function Detail({ children }: { readonly children: string }) {
  return children === "" ? undefined : (
    <p className="line-clamp-2 text-xs text-muted">{plainText(children.slice(0, 500))}</p>
  );
}
