import type { TargetRelease } from "@berth/deploy/targets";
import { PlatformError, isPlatformError } from "@berth/protocol";
import type { TargetRecord } from "@berth/store";
import { openTarget } from "./open-target.ts";
import type { OpenTargetOptions } from "./open-target.ts";
import { noRegistry } from "./target-registry.ts";

/** What stands between a target and the first deployment to it. */
export interface TargetCheck {
  readonly ok: boolean;
  readonly problems: readonly { readonly message: string; readonly hint?: string }[];
  /** What somebody should know before. */
  readonly warnings: readonly string[];
}

/** Asks it for an agent that is not there: whoever may not even look will not be able to deploy. Changes nothing. */
export async function checkTarget(
  options: OpenTargetOptions,
  record: TargetRecord,
  signal: AbortSignal,
): Promise<TargetCheck> {
  const { registry } = record;
  const problems: PlatformError[] = registry === undefined ? [noRegistry(record.name)] : [];
  const warnings: string[] = [];
  try {
    await using opened = await openTarget(options, record);
    const plan = opened.target.plan(probe(record));
    warnings.push(...plan.warnings);
    await opened.target.observe(
      opened.context(() => undefined, signal),
      plan,
    );
  } catch (error) {
    problems.push(signal.aborted ? tooSlow(record.name) : asProblem(error));
  }
  return {
    ok: problems.length === 0,
    problems: problems.map(({ message, hint }) => ({ message, ...(hint === undefined ? {} : { hint }) })),
    warnings,
  };
}

function tooSlow(name: string): PlatformError {
  return new PlatformError("TARGET_FAILED", `The target "${name}" did not answer in time.`, {
    hint: "Check its address, and that this machine reaches it.",
  });
}

function asProblem(error: unknown): PlatformError {
  if (isPlatformError(error)) return error;
  throw error;
}

function probe({ orgId, registry }: TargetRecord): TargetRelease {
  return {
    orgId,
    agentId: "agt_check",
    agentName: "berth-check",
    releaseId: "rel_check",
    image: `${registry?.repository ?? "registry.invalid"}/berth-check@sha256:${"0".repeat(64)}`,
    port: 8_080,
    env: {},
    secretEnv: {},
    resources: { memoryMb: 128, cpu: 1 },
    scale: { min: 0, max: 1, concurrency: 1 },
    timeouts: { startSeconds: 30, runSeconds: 60 },
    egress: [],
    labels: {},
  };
}
