import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { CircleAlert, CircleCheck, WifiOff } from "lucide-react";
import { api, path } from "../../api/client.ts";
import { Button } from "../../ui/button.tsx";
import { Facts } from "../../ui/facts.tsx";
import { LinkButton } from "../../ui/link-button.tsx";
import { Page } from "../../ui/page.tsx";
import { useSearchState } from "../../ui/search-state.ts";
import { shellWord } from "../../ui/shell-word.ts";
import { StateBadge } from "../../ui/state-badge.tsx";
import { Failure, Loaded } from "../../ui/status.tsx";
import { Time, formatDuration } from "../../ui/time.tsx";
import { AnsiLine } from "../../ui/ansi-line.tsx";
import { durationUs, isUnderWay } from "./deployment-queries.ts";
import type { Deployment } from "./deployment-queries.ts";
import { hintFor } from "./failure-hints.ts";
import { LogView } from "./log-view.tsx";
import { StepStrip } from "./step-strip.tsx";
import { useDeployment } from "./use-deployment.ts";

export function DeploymentScreen() {
  const { id = "" } = useParams({ strict: false });
  const [search, setSearch] = useSearchState();
  const { query, deployment, log, problem } = useDeployment(id);
  const queries = useQueryClient();
  const cancel = useMutation({
    mutationFn: async () => await api(path`/v1/deployments/${id}`, { method: "DELETE" }),
    onSettled: async () => await queries.invalidateQueries({ queryKey: ["deployments"] }),
  });
  const line = Number(search["line"]);
  const isRunning = deployment !== undefined && isUnderWay(deployment);
  return (
    <Page
      title={
        deployment?.agent === null || deployment === undefined ? "Deployment" : `Deployment of ${deployment.agent}`
      }
      cli={`npx a2a deployments logs ${shellWord(id)}`}
      aside={deployment === undefined ? undefined : <StateBadge state={deployment.status} />}
      actions={
        isRunning ? (
          <Button look="danger" disabled={cancel.isPending} onClick={() => cancel.mutate()}>
            {cancel.isPending ? "Canceling …" : "Cancel"}
          </Button>
        ) : (
          <LinkButton to="/deployments/new">Deploy again</LinkButton>
        )
      }
    >
      {cancel.error === null ? undefined : <Failure error={cancel.error} />}
      <Loaded query={{ ...query, data: deployment }} what="the deployment">
        {(record) => (
          <>
            <Summary deployment={record} />
            <StepStrip deployment={record} />
            {problem === undefined ? undefined : (
              <p role="status" className="flex items-center gap-2 text-warn">
                <WifiOff size={15} aria-hidden />
                {problem} It goes on where it was as soon as the platform answers.
              </p>
            )}
            <Outcome deployment={record} />
            <LogView
              log={log}
              isRunning={isRunning}
              line={Number.isSafeInteger(line) && line > 0 ? line : undefined}
              onLine={(chosen) => setSearch({ line: String(chosen) })}
              fileName={`${record.deploymentId}.log`}
            />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Summary({ deployment }: { readonly deployment: Deployment }) {
  const { deploymentId, release, createdAt } = deployment;
  return (
    <div className="grid gap-x-8 gap-y-1.5 sm:grid-cols-2">
      <Facts
        facts={[
          { name: "Begun", value: <Time at={createdAt} /> },
          { name: "Took", value: formatDuration(durationUs(deployment, Date.now())) },
        ]}
      />
      <Facts
        facts={[
          { name: "Id", value: <code className="font-mono text-xs break-all">{deploymentId}</code> },
          { name: "Release", value: <code className="font-mono text-xs break-all">{release ?? "none yet"}</code> },
        ]}
      />
    </div>
  );
}

function Outcome({ deployment: { status, agent, error, evals } }: { readonly deployment: Deployment }) {
  const gate = evals?.map(({ suite, runId, score, threshold, passed }) => (
    <p key={runId} className="flex flex-wrap items-center gap-2 text-sm">
      <StateBadge state={passed ? "passed" : "failed"} />
      {suite}: {score ?? "not scored"} of {threshold}
    </p>
  ));
  if (status === "live" && agent !== null) {
    return (
      <div className="flex flex-col gap-2 rounded-lg border border-good bg-good-soft p-4" role="status">
        <p className="flex flex-wrap items-center gap-2 font-medium text-good">
          <CircleCheck size={17} aria-hidden />
          {agent} is ready.
        </p>
        {gate}
        <p className="flex flex-wrap gap-x-4 gap-y-1">
          <Link to="/agents/$name" params={{ name: agent }} search={{ tab: "skills" }}>
            Try its skills
          </Link>
          <Link to="/agents/$name" params={{ name: agent }}>
            Connect it
          </Link>
          <Link to="/agents/$name" params={{ name: agent }} search={{ tab: "releases" }}>
            Traffic and rollback
          </Link>
        </p>
      </div>
    );
  }
  if (error === undefined) return gate;
  const hint = hintFor(error.reason);
  const [message = "", ...output] = error.message.split("\n");
  return (
    <div role="alert" className="flex flex-col gap-2 rounded-lg border border-bad bg-bad-soft p-4">
      <p className="flex flex-wrap items-center gap-2 font-medium text-bad">
        <CircleAlert size={17} aria-hidden />
        {error.step === undefined ? "It did not go live" : `It stopped at ${error.step}`}
        <code className="font-mono text-xs font-normal">{error.reason}</code>
      </p>
      <p className="break-words">{message}</p>
      {output.length === 0 ? undefined : (
        <pre
          tabIndex={0}
          aria-label="Last output"
          className="max-h-80 overflow-auto rounded-md bg-panel p-3 font-mono text-xs break-words whitespace-pre-wrap"
        >
          {output.map((line, index) => (
            // Lines of an output that has ended.
            <span key={index} className="block min-h-[1lh]">
              <AnsiLine text={line} />
            </span>
          ))}
        </pre>
      )}
      {gate}
      {hint === undefined ? undefined : <p className="text-sm">{hint}</p>}
    </div>
  );
}
