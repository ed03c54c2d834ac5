import { PlatformError } from "@berth/protocol";
import { RemoteConnector } from "./connectors/remote-connector.ts";
import { routeBySpec } from "./connectors/route-by-spec.ts";
import { SandboxConnector } from "./connectors/sandbox-connector.ts";
import type { OutboundHttp } from "./outbound/outbound-http.ts";
import { AgentLogs } from "./pool/agent-logs.ts";
import { DriverChoice } from "./pool/driver-choice.ts";
import { InstancePool } from "./pool/instance-pool.ts";
import type { StartOptions, StartedInstance } from "./pool/release-pool.ts";
import { systemTimers } from "./pool/timers.ts";
import type { Timers } from "./pool/timers.ts";
import type { Runtime } from "./runtime.ts";
import type { EgressDecision, ReleaseSpec, SandboxDriver } from "./sandbox-driver.ts";

export interface RuntimeOptions {
  /** In order of preference. */
  readonly drivers: readonly SandboxDriver[];
  readonly now: () => number;
  readonly newInstanceId: () => string;
  readonly log?: (line: string) => void;
  /** For agents elsewhere; whoever opened it closes it. Without it calls to them are refused. */
  readonly outbound?: OutboundHttp;
  /** For tests; default: the real ones. */
  readonly timers?: Timers;
}

/**
 * The runtime over these drivers, which it probes and sweeps at once and closes in the end. A start waits until that
 * is done.
 */
export function createRuntime({
  drivers,
  now,
  newInstanceId,
  outbound,
  log = () => {},
  timers = systemTimers(now),
}: RuntimeOptions): Runtime {
  const logs = new AgentLogs();
  const choice = new DriverChoice(drivers, log);

  async function start(spec: ReleaseSpec, { instanceId, signal, onEgress }: StartOptions): Promise<StartedInstance> {
    const driver = await choice.driverFor(spec);
    if (signal.aborted) throw new PlatformError("CANCELED", "The start was canceled.", { cause: signal.reason });
    const { agentId, releaseId } = spec;
    const append = (text: string, stream: "stdout" | "stderr"): void =>
      logs.append({ at: new Date(now()).toISOString(), agentId, releaseId, instanceId, stream, text });
    const observer = {
      onOutput: append,
      onEgress: (decision: EgressDecision): void => {
        append(`[berth] egress ${decision.decision}: ${decision.host}:${decision.port} (${decision.detail})`, "stderr");
        onEgress(decision);
      },
    };
    if (spec.trusted && driver.name === "unconfined") {
      const warning = `WARNING: agent ${spec.agentName} runs WITHOUT a sandbox, because it was deployed with --trust`;
      append(`[berth] ${warning}`, "stderr");
      log(warning);
    }
    return { instance: await driver.start(spec, { instanceId, observer, signal }), driver: driver.name };
  }

  const pool = new InstancePool({ start, timers, newInstanceId, log });
  return {
    connector: routeBySpec({
      sandboxed: new SandboxConnector({ pool, timers, log }),
      remote: outbound === undefined ? undefined : new RemoteConnector({ outbound, timers, log }),
    }),
    capabilities: async () => await choice.capabilities(),
    instances: (agentId) => pool.views(agentId),
    drain: async (agentId, keepReleaseId) => await pool.drain(agentId, keepReleaseId),
    logs: (agentId, limit) => logs.recent(agentId, limit),
    onLog: (agentId, listener) => logs.subscribe(agentId, listener),
    async close(graceMs) {
      await pool.close(graceMs);
      await choice.close();
    },
  };
}
