import type { Registry } from "@berth/telemetry";
import type { SeenDestination } from "./create-destinations.ts";

const LABELS = ["org", "destination"] as const;

/** How it stands with sending telemetry on. Labels are names that administrators gave; what receivers answer is none. */
export function measureDestinations(registry: Registry, seen: () => readonly SeenDestination[]): void {
  const each =
    (measure: (destination: SeenDestination) => number | undefined) =>
    (): readonly { readonly labels: Record<(typeof LABELS)[number], string>; readonly value: number }[] =>
      seen().flatMap((destination) => {
        const value = measure(destination);
        const { orgId: org, name } = destination;
        return value === undefined ? [] : [{ labels: { org, destination: name }, value }];
      });
  const metric = (name: string, help: string): { name: string; help: string; labels: readonly string[] } => ({
    name: `berth_export_${name}`,
    help,
    labels: LABELS,
  });
  registry.gauge(
    metric("queue_requests", "Requests that wait to be sent to a destination."),
    each(({ state }) => state.waiting),
  );
  registry.gauge(
    metric("queue_bytes", "What waits to be sent to a destination."),
    each(({ state }) => state.waitingBytes),
  );
  registry.counter(
    metric("sent_records_total", "Telemetry that a destination took."),
    each(({ state }) => state.sent),
  );
  registry.counter(
    metric("dropped_records_total", "Telemetry that a destination refused, or there was no room for."),
    each(({ state }) => state.dropped),
  );
  registry.gauge(
    metric("last_sent_timestamp_seconds", "When a destination last took something."),
    each(({ state }) => secondsOf(state.lastSentAt)),
  );
  registry.gauge(
    metric("oldest_timestamp_seconds", "Since when the oldest of what waits has waited."),
    each(({ state }) => secondsOf(state.oldestAt)),
  );
  const failing = metric("failing", "1: the last request to a destination failed, and how.");
  registry.gauge({ ...failing, labels: [...LABELS, "reason"] }, () =>
    seen().flatMap(({ orgId: org, name: destination, failure: reason }) =>
      reason === undefined ? [] : [{ labels: { org, destination, reason }, value: 1 }],
    ),
  );
}

function secondsOf(at: string | undefined): number | undefined {
  return at === undefined ? undefined : Date.parse(at) / 1_000;
}
