import { PlatformError } from "@berth/protocol";
import { describeDecision } from "./egress/egress-denial.ts";
import { AttachedConnector } from "./connectors/attached-connector.ts";
import { createAttachedHub } from "./connectors/attached-hub.ts";
import { AttachedLinks } from "./connectors/attached-links.ts";
import { RemoteConnector } from "./connectors/remote-connector.ts";
import { routeBySpec } from "./connectors/route-by-spec.ts";
import { SandboxConnector } from "./connectors/sandbox-connector.ts";
import { InstanceTurns } from "./models/instance-turns.ts";
import type { OutboundHttp } from "./outbound/outbound-http.ts";
import { AgentLogs } from "./pool/agent-logs.ts";
import { DriverChoice } from "./pool/driver-choice.ts";
import { defaultBudgetMb, readHostMemory } from "./pool/host-memory.ts";
import type { HostMemory } from "./pool/host-memory.ts";
import { InstancePool } from "./pool/instance-pool.ts";
import type { StartOptions, StartedInstance } from "./pool/release-starts.ts";
import { systemTimers } from "./pool/timers.ts";
import type { Timers } from "./pool/timers.ts";
import type { AgentModels } from "./agent-models.ts";
import type { AgentServices } from "./agent-services.ts";
import type { Runtime } from "./runtime.ts";
import type { RuntimeTelemetry } from "./runtime-telemetry.ts";
import type { EgressDecision, ReleaseSpec, SandboxDriver } from "./sandbox-driver.ts";
import { scrubbedConnector, scrubbedError } from "./secrets/scrubbed-connector.ts";
import { scrubbedInstance } from "./secrets/scrubbed-instance.ts";
import { scrubbedServices } from "./secrets/scrubbed-services.ts";
import { scrubbedTelemetry } from "./secrets/scrubbed-telemetry.ts";
import { SecretBooks } from "./secrets/secret-books.ts";
import type { SecretSource } from "./secrets/secret-source.ts";
import { servicesListener } from "./services/services-listener.ts";

export interface RuntimeOptions {
  /** In order of preference. */
  readonly drivers: readonly SandboxDriver[];
  readonly now: () => number;
  readonly newInstanceId: () => string;
  readonly log?: (line: string) => void;
  /** For agents elsewhere; whoever opened it closes it. Without it calls to them are refused. */
  readonly outbound?: OutboundHttp;
  /** MiB that the limits of all instances may come to; default: twice the machine's memory. */
  readonly memoryMb?: number;
  /** For tests; default: the real ones. */
  readonly timers?: Timers;
  readonly hostMemory?: () => HostMemory;
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
  memoryMb,
  timers = systemTimers(now),
  hostMemory = readHostMemory,
}: RuntimeOptions): Runtime {
  const logs = new AgentLogs();
  const choice = new DriverChoice(drivers, log);
  let services: AgentServices | undefined;
  let models: AgentModels | undefined;
  const turns = new InstanceTurns();
  let telemetry: RuntimeTelemetry | undefined;
  let secretSource: SecretSource | undefined;
  const books = new SecretBooks(() => secretSource);

  async function start(spec: ReleaseSpec, { instanceId, signal, onEgress }: StartOptions): Promise<StartedInstance> {
    const driver = await choice.driverFor(spec);
    if (signal.aborted) throw new PlatformError("CANCELED", "The start was canceled.", { cause: signal.reason });
    const { agentId, releaseId } = spec;
    const secrets = await books.open(spec);
    const { orgId, agentName } = spec;
    const append = (line: string, stream: "stdout" | "stderr", byPlatform = true): void => {
      const text = secrets?.scrubber.text(line) ?? line;
      const said = logs.append({ at: new Date(now()).toISOString(), agentId, releaseId, instanceId, stream, text });
      telemetry?.line({ ...said, orgId, agentName, byPlatform, tasks: turns.on(instanceId) });
    };
    const observer = {
      onOutput: (line: string, stream: "stdout" | "stderr"): void => append(line, stream, false),
      onEgress: (decision: EgressDecision): void => {
        const told = secrets?.scrubber.json(decision) ?? decision;
        append(`[berth] ${describeDecision(told)}`, "stderr");
        onEgress(told);
      },
    };
    if (spec.trusted && driver.name === "unconfined") {
      const warning = `WARNING: agent ${spec.agentName} runs WITHOUT a sandbox, because it was deployed with --trust`;
      append(`[berth] ${warning}`, "stderr");
      log(warning);
      if (spec.upstreams !== undefined) append("[berth] without a sandbox there are no upstreams", "stderr");
    }
    const listener = servicesListener({
      peer: { orgId, agentId, agentName, releaseId, instanceId },
      services: () =>
        services === undefined || secrets === undefined ? services : scrubbedServices(services, secrets.scrubber),
      models: () => models,
      turns: () => turns.on(instanceId),
      telemetry: () =>
        telemetry === undefined || secrets === undefined ? telemetry : scrubbedTelemetry(telemetry, secrets.scrubber),
      now,
      log,
    });
    const given = secrets === undefined ? {} : { secrets };
    try {
      const instance = await driver.start(spec, { instanceId, observer, signal, services: listener, ...given });
      const told = secrets === undefined ? instance : scrubbedInstance(instance, secrets.scrubber);
      return { instance: told, driver: driver.name };
    } catch (error) {
      throw scrubbedError(error, secrets?.scrubber);
    }
  }

  const links = new AttachedLinks(timers);
  const attached = createAttachedHub({
    links,
    services: (peer) =>
      servicesListener({
        peer,
        services: () => services,
        models: () => models,
        turns: () => turns.on(peer.instanceId),
        telemetry: () => telemetry,
        now,
        log,
      }),
    append: (line, whose, byPlatform) => {
      const said = logs.append(line);
      telemetry?.line({ ...said, ...whose, byPlatform, tasks: turns.on(line.instanceId) });
    },
  });
  const pool = new InstancePool({
    start,
    timers,
    newInstanceId,
    log,
    hostMemory,
    memoryMb: memoryMb ?? defaultBudgetMb(hostMemory()),
    lastOutput: (agentId, instanceId) => logs.tail(agentId, instanceId),
    onWake: (wake, spec) => telemetry?.wake(wake, spec),
    onFault: (fault, spec) => telemetry?.fault(fault, spec),
  });
  return {
    connector: scrubbedConnector(
      routeBySpec({
        sandboxed: turns.watch(new SandboxConnector({ pool, timers, log })),
        attached: turns.watch(new AttachedConnector({ links, timers, log })),
        remote: outbound === undefined ? undefined : new RemoteConnector({ outbound, timers, log }),
      }),
      books,
    ),
    useTelemetry: (watcher) => {
      telemetry = watcher;
    },
    useSecrets: (source) => {
      secretSource = source;
    },
    serveAgents: (answers, modelAnswers) => {
      services = answers;
      models = modelAnswers;
    },
    capabilities: async () => await choice.capabilities(),
    instances: (agentId) => pool.views(agentId),
    health: (agentId) => pool.health(agentId),
    wakes: (agentId, limit) => pool.wakes(agentId, limit),
    assertRoom: (release) => pool.assertRoom(release),
    attached,
    drain: async (agentId, keep) => {
      if (keep === undefined) links.remove(agentId);
      await pool.drain(agentId, keep);
    },
    logs: (agentId, limit) => logs.recent(agentId, limit),
    onLog: (agentId, listener) => logs.subscribe(agentId, listener),
    async close(graceMs) {
      await pool.close(graceMs);
      await choice.close();
    },
  };
}
