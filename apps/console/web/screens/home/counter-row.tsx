import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Agent } from "../../api/types.ts";
import { isUnderWay } from "../deployments/deployment-queries.ts";
import { isFailing } from "../agents/filter-agents.ts";
import { homeApprovals, homeDeployments, homeSpend, homeTasks } from "./home-queries.ts";
import type { TaskPage } from "./home-queries.ts";

/** Each number leads to the view behind it. */
export function CounterRow({ agents, tasks }: { readonly agents: readonly Agent[]; readonly tasks: TaskPage }) {
  const working = useQuery(homeTasks("TASK_STATE_WORKING", 1));
  const input = useQuery(homeTasks("TASK_STATE_INPUT_REQUIRED", 5));
  const authorization = useQuery(homeTasks("TASK_STATE_AUTH_REQUIRED", 5));
  const approvals = useQuery(homeApprovals);
  const deployments = useQuery(homeDeployments);
  const spend = useQuery(homeSpend);
  const waiting = sum(input.data?.totalSize, authorization.data?.totalSize);
  const failing = agents.filter(isFailing).length;
  const up = agents.filter(({ state }) => state === "ready").length;
  const building = deployments.data?.filter(isUnderWay).length;
  const total = spend.data?.total;
  return (
    <ul className="grid grid-cols-2 gap-3 sm:grid-cols-3 xl:grid-cols-6">
      <Counter
        label="Wait for a person"
        to="/tasks"
        search={{ q: "status:input-required|auth-required" }}
        value={waiting}
        tone={waiting === undefined || waiting === 0 ? "plain" : "warn"}
      >
        {approvals.data === undefined
          ? ""
          : `${approvals.data.length} ${approvals.data.length === 1 ? "approval" : "approvals"} among them`}
      </Counter>
      <Counter
        label="Tasks under way"
        to="/tasks"
        search={{ q: "status:submitted|working" }}
        value={working.data?.totalSize}
      >
        of {tasks.totalSize} in all
      </Counter>
      <Counter label="Agents" to="/agents" search={{}} value={agents.length}>
        {agents.length === 0 ? "none yet" : `${up} up, the rest wakes when called`}
      </Counter>
      <Counter
        label="Failing agents"
        to="/agents"
        search={{ state: "failing" }}
        value={failing}
        tone={failing === 0 ? "plain" : "bad"}
      >
        {failing === 0 ? "none" : "look at their last output"}
      </Counter>
      <Counter label="Deploying" to="/deployments" search={{ status: "running" }} value={building}>
        {deployments.data === undefined
          ? ""
          : `${deployments.data.filter(({ status }) => status === "failed").length} of the last ${deployments.data.length} failed`}
      </Counter>
      <Counter label="Spend today" to="/usage" search={{}} value={total === undefined ? undefined : `$${total.amount}`}>
        {total === undefined ? "" : `${total.calls} calls, ${total.inputTokens + total.outputTokens} tokens`}
      </Counter>
    </ul>
  );
}

const TONES = { plain: "text-text", warn: "text-warn", bad: "text-bad" } as const;

interface CounterProps {
  readonly label: string;
  readonly to: string;
  readonly search: Readonly<Record<string, string>>;
  /** `undefined`: not known yet, or not for this caller. */
  readonly value: number | string | undefined;
  readonly tone?: keyof typeof TONES;
  readonly children: ReactNode;
}

function Counter({ label, to, search, value, tone = "plain", children }: CounterProps) {
  return (
    <li className="relative min-w-0 rounded-lg border border-line bg-panel px-4 py-3 hover:border-line-strong">
      <Link
        to={to}
        search={search}
        className="text-sm text-muted no-underline after:absolute after:inset-0 after:rounded-lg hover:underline"
      >
        {label}
      </Link>
      <p className={`truncate text-2xl font-semibold tabular-nums ${TONES[tone]}`}>{value ?? "–"}</p>
      <p className="min-h-[1lh] text-xs text-muted">{children}</p>
    </li>
  );
}

function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined && b === undefined ? undefined : (a ?? 0) + (b ?? 0);
}
