import { hasEnded } from "@berth/store";
import type { DeploymentRecord, DeploymentStep, Store } from "@berth/store";
import type { DeploymentSignals } from "./deployment-signals.ts";
import type { DeploymentEvent } from "./deploys.ts";

const PAGE = 500;
/** Another process may work on it, and wakes nobody here. */
const POLL_MS = 1_000;

export interface FollowOptions {
  readonly store: Pick<Store["deployments"], "lines">;
  readonly signals: DeploymentSignals;
  readonly deploymentId: string;
  /** As it is now. */
  readonly current: () => Promise<DeploymentRecord>;
  readonly after: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Lines in order, each once; steps and status whenever they are other than what was told last. Whoever comes back is told
 * the steps as they are by then.
 */
export async function* followDeployment(options: FollowOptions): AsyncGenerator<DeploymentEvent> {
  const { signals, current, signal } = options;
  const told = new Told();
  let seq = options.after;
  while (signal?.aborted !== true) {
    const seen = signals.moves(options.deploymentId);
    // Before its lines: what it says of its end is kept by then.
    const deployment = await current();
    const { orgId, deploymentId } = deployment;
    const lines = await options.store.lines(orgId, deploymentId, { after: seq, limit: PAGE });
    for (const line of lines) {
      const upTo = deployment.steps.findIndex(({ name }) => name === line.step) + 1;
      for (const step of deployment.steps.slice(0, upTo).filter((each) => told.isFirst(each))) {
        yield { seq, kind: "step", step: told.note(step) };
      }
      seq = line.seq;
      yield { seq, kind: "log", line };
    }
    if (lines.length === PAGE) continue;
    for (const step of deployment.steps.filter((each) => told.isNew(each))) {
      yield { seq, kind: "step", step: told.note(step) };
    }
    if (hasEnded(deployment)) {
      yield { seq, kind: "done", deployment };
      return;
    }
    if (told.isOther(deployment.status)) yield { seq, kind: "status", status: deployment.status };
    if (lines.length === 0) await signals.next(deploymentId, { seen, timeoutMs: POLL_MS, signal });
  }
}

/** What a follower knows. */
class Told {
  readonly #steps = new Map<string, string>();
  #status = "";

  isFirst({ name }: DeploymentStep): boolean {
    return !this.#steps.has(name);
  }

  isNew(step: DeploymentStep): boolean {
    return this.#steps.get(step.name) !== stateOf(step);
  }

  note(step: DeploymentStep): DeploymentStep {
    this.#steps.set(step.name, stateOf(step));
    return step;
  }

  isOther(status: string): boolean {
    const isOther = this.#status !== status;
    this.#status = status;
    return isOther;
  }
}

function stateOf({ status, attempt }: DeploymentStep): string {
  return `${status} ${attempt ?? 1}`;
}
