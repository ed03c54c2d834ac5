import { Link } from "@tanstack/react-router";
import { X } from "lucide-react";
import { useState } from "react";
import type { ReactNode } from "react";
import type { Artifact, TaskView } from "@berth/protocol";
import { Button } from "../../../ui/button.tsx";
import { CheckField } from "../../../ui/check-field.tsx";
import { plainText } from "../../../ui/plain-text.ts";
import { StateBadge } from "../../../ui/state-badge.tsx";
import { Failure, Loading } from "../../../ui/status.tsx";
import { formatCost, formatDuration } from "../../../ui/time.tsx";
import { ContentView } from "../content-view.tsx";
import { artifactText, artifactValue, lastWords, pairOutputs } from "../model/outputs.ts";
import { forkSeedOf } from "../model/send.ts";
import type { ForkSeed } from "../model/send.ts";
import { snapshotOf } from "../model/snapshot.ts";
import type { TaskLog } from "../model/task-log.ts";
import { useTaskFeed } from "../use-task-feed.ts";
import { TextDiff, ValueDiff } from "./diff-view.tsx";

export interface ComparePaneProps {
  readonly log: TaskLog;
  readonly view: TaskView;
  readonly otherId: string;
  readonly onClose: () => void;
}

/** Two tasks side by side: what went in, how it went, and where what came out differs. */
export function ComparePane({ log, view, otherId, onClose }: ComparePaneProps) {
  const { feed, retry } = useTaskFeed(otherId);
  const [isDiff, setDiff] = useState(true);
  const other = feed.log.view(feed.log.lastSeq);
  if (feed.error !== undefined) return <Failure error={feed.error} retry={retry} />;
  if (other === undefined) return <Loading what="the other task" />;
  const pairs = pairOutputs(view.task, other.task);
  const said = [lastWords(view.task), lastWords(other.task)] as const;
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <div className="flex flex-wrap items-center gap-3">
        <CheckField
          label="Show differences"
          checked={isDiff}
          onChange={({ currentTarget }) => setDiff(currentTarget.checked)}
        />
        <Button small className="ml-auto" onClick={onClose}>
          <X size={14} aria-hidden />
          End the comparison
        </Button>
      </div>
      <div className="grid gap-3 md:grid-cols-2">
        <Side label="This task" view={view} log={log} />
        <Side label="The other" view={other} log={feed.log} />
      </div>
      <Part title="Input">
        <Inputs before={forkSeedOf(log.events, 1)} after={forkSeedOf(feed.log.events, 1)} />
      </Part>
      {pairs.map(({ name, before, after }) => (
        <Part key={name} title={plainText(name)}>
          {isDiff ? (
            <OutputDiff before={before} after={after} />
          ) : (
            <SideBySide before={before} after={after} name={name} />
          )}
        </Part>
      ))}
      {said[0] === "" && said[1] === "" ? undefined : (
        <Part title="Last words">
          <TextDiff before={said[0]} after={said[1]} />
        </Part>
      )}
    </div>
  );
}

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className="min-w-0 rounded-md border border-line bg-panel">
      <h2 className="border-b border-line px-3 py-1.5 text-sm font-semibold break-all">{title}</h2>
      <div className="p-3">{children}</div>
    </section>
  );
}

function Side({ label, view, log }: { readonly label: string; readonly view: TaskView; readonly log: TaskLog }) {
  const { elapsedMs, usage, artifacts } = snapshotOf(log.events, log.events.length, view);
  return (
    <div className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1 rounded-md border border-line bg-panel px-3 py-2 text-sm">
      <span className="font-medium">{label}</span>
      <StateBadge state={view.task.status.state} />
      <span className="text-muted tabular-nums">
        {formatDuration(elapsedMs * 1_000)}, {artifacts} artifacts
        {usage === undefined ? "" : `, ${usage.inputTokens + usage.outputTokens} tokens`}
        {usage?.costMicros === undefined ? "" : `, ${formatCost(usage.costMicros)}`}
      </span>
      <Link
        to="/tasks/$id"
        params={{ id: view.task.id }}
        className="inline-flex min-h-6 items-center font-mono text-xs break-all"
      >
        {view.task.id}
      </Link>
    </div>
  );
}

function Inputs({ before, after }: { readonly before: ForkSeed | undefined; readonly after: ForkSeed | undefined }) {
  if (before?.input !== undefined && after?.input !== undefined)
    return <ValueDiff before={before.input} after={after.input} />;
  return <TextDiff before={before?.text ?? ""} after={after?.text ?? ""} />;
}

interface Outputs {
  readonly before: Artifact | undefined;
  readonly after: Artifact | undefined;
}

function OutputDiff({ before, after }: Outputs) {
  const left = before === undefined ? undefined : artifactValue(before);
  const right = after === undefined ? undefined : artifactValue(after);
  if (left !== undefined && right !== undefined) return <ValueDiff before={left.value} after={right.value} />;
  return (
    <TextDiff
      before={before === undefined ? "" : artifactText(before)}
      after={after === undefined ? "" : artifactText(after)}
    />
  );
}

function SideBySide({ before, after, name }: Outputs & { readonly name: string }) {
  return (
    <div className="grid gap-3 md:grid-cols-2">
      {[before, after].map((artifact, index) => (
        <div key={index === 0 ? "before" : "after"} className="min-w-0 text-sm">
          {artifact === undefined ? (
            <p className="text-muted">Not there.</p>
          ) : (
            <ContentView parts={artifact.parts} name={name} />
          )}
        </div>
      ))}
    </div>
  );
}
