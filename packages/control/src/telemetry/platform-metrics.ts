import { isTerminal } from "@berth/protocol";
import type { TaskEvent, TaskState } from "@berth/protocol";
import type { InstanceView, Wake } from "@berth/runtime";
import type { SeenDestination } from "./export/create-destinations.ts";
import { measureDestinations } from "./export/measure-destinations.ts";
import { createRegistry } from "@berth/telemetry";
import type { Counter, Histogram, Registry } from "@berth/telemetry";

/** What is asked of the platform when its metrics are rendered. */
export interface MeasuredPlatform {
  readonly instances: () => readonly Pick<InstanceView, "state" | "activeCalls">[];
  /** Turns under way. */
  readonly turns: () => number;
}

export interface PlatformMetricsOptions extends MeasuredPlatform {
  /** Telemetry that waits to be written, and who follows it live. */
  readonly waiting: () => number;
  readonly followers: () => number;
  readonly destinations: () => readonly SeenDestination[];
}

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800];
const MAX_AGENTS = 500;

/** What the platform counts of itself, for Prometheus. Of calls and instances by agent, of nobody's content. */
export class PlatformMetrics {
  readonly #registry: Registry = createRegistry();
  readonly #calls: Counter;
  readonly #seconds: Histogram;
  readonly #events: Counter;
  readonly #wakes: Counter;
  readonly #wakeSeconds: Histogram;
  readonly #faults: Counter;
  readonly #sealed: Counter;
  readonly #accepted: Counter;
  readonly #dropped: Counter;

  constructor({ instances, turns, waiting, followers, destinations }: PlatformMetricsOptions) {
    const registry = this.#registry;
    const byAgent = { labels: ["agent", "outcome"], maxSeries: MAX_AGENTS };
    this.#calls = registry.counter({
      name: "berth_calls_total",
      help: "Tasks that ended, by agent and state.",
      ...byAgent,
    });
    this.#seconds = registry.histogram({
      name: "berth_call_duration_seconds",
      help: "From a task's acceptance to its end, waits for people included.",
      labels: ["agent"],
      maxSeries: MAX_AGENTS,
      buckets: SECONDS,
    });
    this.#events = registry.counter({ name: "berth_task_events_total", help: "Events appended to tasks' logs." });
    this.#wakes = registry.counter({
      name: "berth_wakes_total",
      help: "Instances started, by agent and outcome.",
      ...byAgent,
    });
    this.#wakeSeconds = registry.histogram({
      name: "berth_wake_duration_seconds",
      help: "From the wish for an instance until it was up.",
      buckets: SECONDS,
    });
    this.#faults = registry.counter({
      name: "berth_instance_faults_total",
      help: "What went wrong with instances, by agent and reason.",
      labels: ["agent", "reason"],
      maxSeries: MAX_AGENTS,
    });
    this.#sealed = registry.counter({
      name: "berth_receipts_sealed_total",
      help: "Receipts signed and in the ledger.",
    });
    registry.gauge({ name: "berth_instances", help: "Instances by state.", labels: ["state"] }, () =>
      byState(instances()),
    );
    registry.gauge({ name: "berth_instance_calls", help: "Calls that instances work on." }, () =>
      instances().reduce((sum, { activeCalls }) => sum + activeCalls, 0),
    );
    registry.gauge({ name: "berth_turns", help: "Tasks whose turn is under way." }, turns);
    const queue = { name: "berth_telemetry_queue_records", help: "Telemetry that waits to be written." };
    registry.gauge(queue, waiting);
    registry.gauge({ name: "berth_telemetry_followers", help: "Who follows telemetry live." }, followers);
    const accepted = { name: "berth_telemetry_accepted_records_total", help: "Telemetry taken in." };
    this.#accepted = registry.counter(accepted);
    const dropped = {
      name: "berth_telemetry_dropped_records_total",
      help: "Telemetry there was no room or no store for.",
    };
    this.#dropped = registry.counter(dropped);
    measureDestinations(registry, destinations);
  }

  seen({ accepted, state, record }: SeenForMetrics, events: readonly TaskEvent[]): void {
    this.#events.add(events.length);
    const end = events.findLast(({ body }) => body.kind === "status" && isTerminal(body.status.state));
    if (end === undefined) return;
    const agent = accepted.agentName;
    this.#calls.add(1, { agent, outcome: outcomeOf(state) });
    this.#seconds.observe((Date.parse(end.at) - Date.parse(record.createdAt)) / 1_000, { agent });
  }

  woken({ outcome, roomMs, startMs }: Wake, agent: string): void {
    this.#wakes.add(1, { agent, outcome });
    if (outcome === "ready") this.#wakeSeconds.observe((roomMs + startMs) / 1_000);
  }

  faulted(reason: string, agent: string): void {
    this.#faults.add(1, { agent, reason });
  }

  accepted(records: number): void {
    this.#accepted.add(records);
  }

  dropped(records: number): void {
    this.#dropped.add(records);
  }

  sealed(receipts: number): void {
    this.#sealed.add(receipts);
  }

  render(): string {
    return this.#registry.render();
  }
}

export interface SeenForMetrics {
  readonly accepted: { readonly agentName: string };
  readonly record: { readonly createdAt: string };
  readonly state: TaskState;
}

function byState(
  instances: readonly Pick<InstanceView, "state">[],
): readonly { readonly labels: { readonly state: string }; readonly value: number }[] {
  const counts = new Map<string, number>();
  for (const { state } of instances) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].map(([state, value]) => ({ labels: { state }, value }));
}

/** `TASK_STATE_COMPLETED` is completed. */
function outcomeOf(state: TaskState): string {
  return state.replace("TASK_STATE_", "").toLowerCase();
}
