import type { RequestListener } from "node:http";
import { isPlatformError, PlatformError } from "@berth/protocol";
import type { Instance, InstanceObserver, ReleaseSpec, SandboxCapabilities, SandboxDriver } from "../sandbox-driver.ts";
import type { ReleaseSecrets } from "../secrets/secret-source.ts";
import type { Cage, OpenCage } from "./cage.ts";
import { OutputLines } from "./output-lines.ts";
import { waitUntilAnswers } from "./readiness.ts";
import { RunningInstance, gotNoMemory } from "./running-instance.ts";

export interface DriverParts {
  readonly name: string;
  readonly probe: () => Promise<SandboxCapabilities>;
  readonly sweep: () => Promise<void>;
  readonly open: OpenCage;
  /** After the last instance is gone. */
  readonly close?: () => Promise<void>;
  readonly now: () => number;
  readonly log: (line: string) => void;
}

const CLOSE_GRACE_MS = 2_000;

interface StartOptions {
  readonly instanceId: string;
  readonly observer?: InstanceObserver;
  readonly signal?: AbortSignal;
  readonly services?: RequestListener;
  readonly secrets?: ReleaseSecrets;
}

/** The life that all drivers of local processes share; what differs is how a cage is opened. */
export function createDriver(parts: DriverParts): SandboxDriver {
  const live = new Map<string, Promise<Instance>>();
  const closing = new AbortController();
  let capabilities: Promise<SandboxCapabilities> | undefined;

  const start = async (spec: ReleaseSpec, options: StartOptions): Promise<Instance> => {
    if (closing.signal.aborted) throw shuttingDown();
    if (options.signal?.aborted === true) throw canceled(spec);
    if (live.has(options.instanceId)) throw new Error(`The instance ${options.instanceId} is already there.`);
    const starting = launch(parts, spec, options, closing.signal);
    live.set(options.instanceId, starting);
    try {
      const instance = await starting;
      void instance.exited.then(() => live.delete(options.instanceId));
      return instance;
    } catch (error) {
      live.delete(options.instanceId);
      throw error;
    }
  };

  return {
    name: parts.name,
    probe: () => (capabilities ??= parts.probe()),
    sweep: parts.sweep,
    start,
    close: async () => {
      closing.abort();
      await Promise.all(
        [...live.values()].map((starting) =>
          starting.then(
            (instance) => instance.stop(CLOSE_GRACE_MS),
            () => {},
          ),
        ),
      );
      await parts.close?.();
    },
  };
}

async function launch(
  parts: DriverParts,
  spec: ReleaseSpec,
  options: StartOptions,
  closing: AbortSignal,
): Promise<Instance> {
  const output = new OutputLines(options.observer?.onOutput);
  const stack = new AsyncDisposableStack();
  const dispose = async (): Promise<void> => {
    await stack.disposeAsync().catch((error: unknown) => {
      parts.log(`cleaning up ${options.instanceId}: ${String(error)}`);
    });
  };
  let opened = false;
  const timeout = AbortSignal.timeout(spec.limits.startTimeoutMs);
  const signal = AbortSignal.any([timeout, closing, ...(options.signal === undefined ? [] : [options.signal])]);
  try {
    const cage = await parts.open(spec, {
      instanceId: options.instanceId,
      stack,
      signal,
      output,
      onEgress: (decision) => options.observer?.onEgress?.(decision),
      services: options.services,
      secrets: options.secrets,
    });
    await untilReady(cage, spec, { output, signal, onConnect: () => (opened = true) });
    const identity = { instanceId: options.instanceId, releaseId: spec.releaseId, startedAt: parts.now() };
    return new RunningInstance({ ...identity, cage, output, dispose });
  } catch (error) {
    await dispose();
    if (options.signal?.aborted === true) throw canceled(spec);
    if (closing.aborted) throw shuttingDown();
    if (timeout.aborted) throw startTimeout(spec, output.tail, opened);
    throw isPlatformError(error) ? error : notStarted(spec, output.tail, error);
  }
}

async function untilReady(
  cage: Cage,
  spec: ReleaseSpec,
  {
    output,
    signal,
    onConnect,
  }: { readonly output: OutputLines; readonly signal: AbortSignal; readonly onConnect: () => void },
): Promise<void> {
  const failed = new AbortController();
  const end = await Promise.race([
    cage.ended,
    waitUntilAnswers(() => cage.findSocket(), AbortSignal.any([signal, failed.signal]), onConnect),
  ]);
  if (end === undefined) return;
  failed.abort();
  const outOfMemory = (await cage.ranOutOfMemory()) || gotNoMemory(end, output.tail);
  const how = outOfMemory
    ? `ran out of memory (${spec.limits.memoryMb} MB)`
    : `ended with ${end.signal ?? `code ${end.code ?? "unknown"}`}`;
  throw new PlatformError(
    "AGENT_START_FAILED",
    `Agent ${spec.agentName} ${how} before it answered.${lastOutput(output.tail)}`,
    { hint: outOfMemory ? "Raise resources.memoryMb in berth.json." : "Read the agent's output above." },
  );
}

function notStarted(spec: ReleaseSpec, tail: string, cause: unknown): PlatformError {
  return new PlatformError("AGENT_START_FAILED", `Agent ${spec.agentName} could not be started.${lastOutput(tail)}`, {
    cause,
    internal: String(cause),
  });
}

/** `phase`: how far it came. */
function startTimeout(spec: ReleaseSpec, tail: string, opened: boolean): PlatformError {
  const how = opened ? "it opened its port" : "it never opened its port";
  return new PlatformError(
    "AGENT_START_TIMEOUT",
    `Agent ${spec.agentName} did not answer within ${spec.limits.startTimeoutMs} ms: ${how}.${lastOutput(tail)}`,
    {
      metadata: { phase: opened ? "answer" : "port" },
      hint: "The agent must listen on BERTH_LISTEN (a unix socket) or on PORT, and answer HTTP.",
    },
  );
}

function canceled(spec: ReleaseSpec): PlatformError {
  return new PlatformError("CANCELED", `The start of agent ${spec.agentName} was canceled.`);
}

function shuttingDown(): PlatformError {
  return new PlatformError("SHUTTING_DOWN", "The platform is shutting down and starts no agents.");
}

function lastOutput(tail: string): string {
  return tail === "" ? " It printed nothing." : ` Its last output:\n${tail}`;
}
