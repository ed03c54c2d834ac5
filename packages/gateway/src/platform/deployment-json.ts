import type { DeploymentEvent } from "@berth/control";
import type { DeploymentRecord } from "./records.ts";

type Step = DeploymentRecord["steps"][number];

export function toDeploymentJson(record: DeploymentRecord): object {
  const { deploymentId, agentName, releaseId, status, source, options, revision, steps, evals, error, retryOf } =
    record;
  const { target } = options;
  return {
    deploymentId,
    agent: agentName ?? null,
    release: releaseId ?? null,
    status,
    source: toSourceJson(source),
    ...(revision === undefined ? {} : { revision }),
    ...(target === undefined ? {} : { target }),
    steps: steps.map(toStepJson),
    ...(evals === undefined ? {} : { evals }),
    ...(error === undefined ? {} : { error }),
    ...(retryOf === undefined ? {} : { retryOf }),
    createdAt: record.createdAt,
    updatedAt: record.updatedAt,
  };
}

/** What one event carries, by its kind. */
export function eventDataOf(event: DeploymentEvent): object {
  if (event.kind === "step") return toStepJson(event.step);
  if (event.kind === "log") return event.line;
  return event.kind === "status" ? { status: event.status } : toDeploymentJson(event.deployment);
}

/** Outputs are for later steps, and nobody else. */
function toStepJson({ output: _output, ...step }: Step): object {
  return step;
}

/** Where an archive lies is nobody's affair. */
function toSourceJson(source: DeploymentRecord["source"]): object {
  return source.kind === "archive" ? { kind: source.kind, bytes: source.bytes } : source;
}
