import { PlatformError } from "@berth/protocol";
import type { AgentConnector } from "../agent-connector.ts";
import type { ReleaseSpec } from "../sandbox-driver.ts";

/** One connector for all agents: those elsewhere by `remote`, those on developers' machines by `attached`, the others by `sandboxed`. */
export function routeBySpec({
  sandboxed,
  attached,
  remote,
}: {
  readonly sandboxed: AgentConnector;
  readonly attached: AgentConnector;
  /** Undefined: this runtime does not call out. */
  readonly remote: AgentConnector | undefined;
}): AgentConnector {
  const connectorOf = (spec: ReleaseSpec): AgentConnector => {
    if (spec.attached !== undefined) return attached;
    if (spec.remote === undefined) return sandboxed;
    if (remote !== undefined) return remote;
    throw new PlatformError("UNSUPPORTED_OPERATION", "This platform does not call agents elsewhere.");
  };
  return {
    send: (spec, turn, signal) => connectorOf(spec).send(spec, turn, signal),
    resume: (spec, upstream, signal) => connectorOf(spec).resume(spec, upstream, signal),
    steer: async (spec, turn, signal) => await connectorOf(spec).steer(spec, turn, signal),
    cancel: async (spec, upstream) => await connectorOf(spec).cancel(spec, upstream),
    readCard: async (spec, signal) => await connectorOf(spec).readCard(spec, signal),
  };
}
