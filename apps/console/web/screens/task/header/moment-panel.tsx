import type { TaskView } from "@berth/protocol";
import { Badge } from "../../../ui/badge.tsx";
import { Facts } from "../../../ui/facts.tsx";
import type { Fact } from "../../../ui/facts.tsx";
import { Panel } from "../../../ui/panel.tsx";
import { StateBadge } from "../../../ui/state-badge.tsx";
import { formatCost, formatDuration } from "../../../ui/time.tsx";
import type { Missing } from "../model/missing.ts";
import type { Snapshot } from "../model/snapshot.ts";

/** The task in numbers, as at the playhead. */
export function MomentPanel({
  view,
  snapshot,
  isLive,
}: {
  readonly view: TaskView;
  readonly snapshot: Snapshot;
  readonly isLive: boolean;
}) {
  const { usage, open, elapsedMs, artifacts, files, denied } = snapshot;
  const facts: Fact[] = [
    { name: "State", value: <StateBadge state={view.task.status.state} /> },
    { name: "Elapsed", value: <span className="tabular-nums">{formatDuration(elapsedMs * 1_000)}</span> },
    {
      name: "Tokens",
      value: (
        <span className="tabular-nums">
          {usage === undefined
            ? "none said"
            : `${usage.inputTokens.toLocaleString("en")} in, ${usage.outputTokens.toLocaleString("en")} out`}
        </span>
      ),
    },
    {
      name: "Cost",
      value: (
        <span className="tabular-nums">
          {usage?.costMicros === undefined ? "none said" : formatCost(usage.costMicros)}
        </span>
      ),
    },
    ...(usage?.models === undefined ? [] : [{ name: "Models", value: usage.models.join(", ") }]),
    { name: "Artifacts", value: artifacts },
    { name: "Files", value: files },
    { name: "Refused", value: denied === 0 ? 0 : <Badge tone="bad">{denied}</Badge> },
    {
      name: "Under way",
      value:
        open.length === 0 ? (
          <span className="text-muted">nothing</span>
        ) : (
          <ul>
            {open.map(({ seq, what }) => (
              <li key={seq}>{what}</li>
            ))}
          </ul>
        ),
    },
  ];
  return (
    <Panel title={isLive ? "Now" : `As at event ${view.seq}`}>
      <Facts facts={facts} />
    </Panel>
  );
}

/** What the log cannot say, so that nobody takes silence for peace. */
export function MissingPanel({
  missing,
  onSeek,
}: {
  readonly missing: readonly Missing[];
  readonly onSeek: (seq: number) => void;
}) {
  if (missing.length === 0) return undefined;
  return (
    <Panel title="What is missing">
      <ul className="flex flex-col gap-1.5 text-sm">
        {missing.map(({ key, text, seq }) => (
          <li key={key}>
            {text}{" "}
            {seq === undefined ? undefined : (
              <button type="button" onClick={() => onSeek(seq)} className="min-h-6 text-accent-text underline">
                #{seq}
              </button>
            )}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
