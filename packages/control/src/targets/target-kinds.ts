import { agentEngineTarget, cloudRunTarget, kubernetesTarget } from "@berth/deploy/targets";
import type { DeployTarget, TargetField } from "@berth/deploy/targets";
import { PlatformError } from "@berth/protocol";
import type { JsonObject } from "@berth/protocol";
import type { TargetKindForm } from "./targets.ts";

/** A target with settings that its own `parse` has passed. */
export interface BoundTarget {
  readonly plan: (...args: Init<DeployTarget["plan"]>) => ReturnType<DeployTarget["plan"]>;
  readonly observe: (...args: Init<DeployTarget["observe"]>) => ReturnType<DeployTarget["observe"]>;
  readonly diff: DeployTarget["diff"];
  readonly apply: (...args: Init<DeployTarget["apply"]>) => ReturnType<DeployTarget["apply"]>;
  readonly status: (...args: Init<DeployTarget["status"]>) => ReturnType<DeployTarget["status"]>;
  readonly logs: (
    context: Parameters<DeployTarget["logs"]>[0],
    placement: Parameters<DeployTarget["logs"]>[1],
    options: Parameters<DeployTarget["logs"]>[3],
  ) => ReturnType<DeployTarget["logs"]>;
  readonly rollback: (...args: Init<DeployTarget["rollback"]>) => ReturnType<DeployTarget["rollback"]>;
  readonly destroy: (...args: Init<DeployTarget["destroy"]>) => ReturnType<DeployTarget["destroy"]>;
}

type Init<F extends (...args: never[]) => unknown> = Parameters<F> extends [...infer Rest, JsonObject] ? Rest : never;

interface Kind extends KindTexts {
  readonly fields: readonly TargetField[];
  readonly bind: (settings: JsonObject) => BoundTarget;
}

type KindTexts = Pick<TargetKindForm, "label" | "help" | "credential">;

const KINDS: Readonly<Record<string, Kind>> = {
  kubernetes: kindOf(kubernetesTarget, {
    label: "Kubernetes",
    help: "A namespace of a cluster: Deployments with Services, or Knative Services.",
    credential: "A kubeconfig whose files are in it; none: the cluster that this platform runs in.",
  }),
  "cloud-run": kindOf(cloudRunTarget, {
    label: "Google Cloud Run",
    help: "A service per agent, a revision per release.",
  }),
  "agent-engine": kindOf(agentEngineTarget, {
    label: "Google Agent Engine",
    help: "A reasoning engine of Vertex AI per release.",
  }),
};

export function targetKinds(): readonly TargetKindForm[] {
  return Object.entries(KINDS).map(([kind, { bind: _bind, ...form }]) => ({ kind, ...form }));
}

/** @throws CONFIG_INVALID for a kind that is not there, or for settings that are not the kind's. */
export function bindTarget(kind: string, settings: JsonObject): BoundTarget {
  const found = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  if (found !== undefined) return found.bind(settings);
  throw new PlatformError("CONFIG_INVALID", `There is no kind of target "${kind}".`, {
    hint: `The kinds are ${Object.keys(KINDS).join(", ")}.`,
  });
}

function kindOf<Settings>(target: DeployTarget<Settings>, texts: KindTexts): Kind {
  return {
    ...texts,
    fields: target.fields,
    bind: (settings) => {
      const parsed = target.parse(settings);
      return {
        diff: (plan, observed) => target.diff(plan, observed),
        plan: (release) => target.plan(release, parsed),
        observe: async (context, plan) => await target.observe(context, plan, parsed),
        apply: async (context, plan) => await target.apply(context, plan, parsed),
        status: async (context, placement) => await target.status(context, placement, parsed),
        logs: (context, placement, options) => target.logs(context, placement, parsed, options),
        rollback: async (context, to) => await target.rollback(context, to, parsed),
        destroy: async (context, placement) => await target.destroy(context, placement, parsed),
      };
    },
  };
}
