import { Link } from "@tanstack/react-router";
import type { Artifact } from "../../api/types.ts";
import { JsonView } from "../../ui/json-view.tsx";
import { StateBadge } from "../../ui/state-badge.tsx";
import { Failure } from "../../ui/status.tsx";
import { joinedParts } from "./skill-run.ts";
import type { SkillRun } from "./skill-run.ts";

/** The artifact that holds a skill's output, as the SDK names it. */
const OUTPUT = "output";

export function SkillResult({ run }: { readonly run: SkillRun }) {
  const waits = run.state === "TASK_STATE_INPUT_REQUIRED" || run.state === "TASK_STATE_AUTH_REQUIRED";
  const others = run.artifacts.filter(({ artifactId }) => run.output === undefined || artifactId !== OUTPUT);
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <p className="flex flex-wrap items-center gap-2" role="status">
        <StateBadge state={run.state} />
        {run.receiptId === undefined ? undefined : (
          <Link to="/receipts/$id" params={{ id: run.receiptId }} className="text-xs">
            Receipt
          </Link>
        )}
      </p>
      {run.said.length === 0 ? undefined : (
        <ul className="flex max-h-48 flex-col gap-1 overflow-y-auto" tabIndex={0} aria-label="What the agent said">
          {run.said.map((text, index) => (
            // What was said is only ever added to.
            <li key={index} className="border-l-2 border-line pl-2 break-words whitespace-pre-wrap">
              {text}
            </li>
          ))}
        </ul>
      )}
      {waits && run.taskId !== undefined ? (
        <p className="rounded-md bg-warn-soft p-2 text-warn">
          It waits for an answer.{" "}
          <Link to="/tasks/$id" params={{ id: run.taskId }} className="text-warn">
            Answer in the task
          </Link>
        </p>
      ) : undefined}
      {run.output === undefined ? undefined : <JsonView label="Output" value={run.output} />}
      {others.map((artifact) => (
        <ArtifactView key={artifact.artifactId} artifact={artifact} />
      ))}
      {run.problem === undefined ? undefined : <Failure error={run.problem} />}
    </div>
  );
}

function ArtifactView({ artifact: { artifactId, name, parts } }: { readonly artifact: Artifact }) {
  return (
    <section aria-label={name ?? artifactId} className="flex min-w-0 flex-col gap-1">
      <h3 className="text-xs font-medium break-words">{name ?? artifactId}</h3>
      {joinedParts(parts).map((part, index) => (
        // Parts of an artifact are only ever added to.
        <JsonView
          key={index}
          label={`${name ?? artifactId}, part ${index + 1}`}
          value={part.text ?? part.data ?? { ...part }}
        />
      ))}
    </section>
  );
}
