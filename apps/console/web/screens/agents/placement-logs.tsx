import { useEffect, useState } from "react";
import { path, send } from "../../api/client.ts";
import { readEvents } from "../../api/read-events.ts";
import { Panel } from "../../ui/panel.tsx";
import { Failure } from "../../ui/status.tsx";
import { Time } from "../../ui/time.tsx";

interface Line {
  readonly at: string;
  readonly text: string;
  readonly source: string;
}

const MAX_LINES = 500;

/** What the agent printed, as its target has it; goes on as long as it is looked at. */
export function PlacementLogs({ name, target }: { readonly name: string; readonly target: string }) {
  const [lines, setLines] = useState<readonly Line[]>([]);
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    const stop = new AbortController();
    setLines([]);
    setError(undefined);
    void follow(name, stop.signal, (line) => setLines((before) => [...before, line].slice(-MAX_LINES))).catch(
      (cause: unknown) => {
        if (!stop.signal.aborted) setError(cause);
      },
    );
    return () => stop.abort();
  }, [name]);
  return (
    <Panel title={`Lines from ${target}`} flush>
      {error === undefined ? undefined : <Failure error={error} />}
      <div
        role="log"
        aria-label={`Lines from ${target}`}
        tabIndex={0}
        className="max-h-96 overflow-auto px-4 py-2 font-mono text-xs"
      >
        <ol>
          {lines.length === 0 && error === undefined ? (
            <li className="font-sans text-sm text-muted">It has printed nothing in the last hour.</li>
          ) : undefined}
          {lines.map(({ at, text }, index) => (
            // Lines have no ids; they are only added at the end.
            <li key={`${at} ${index}`} className="flex gap-3 py-0.5">
              <span className="shrink-0 text-muted">
                <Time at={at} />
              </span>
              <span className="min-w-0 break-words whitespace-pre-wrap">{text}</span>
            </li>
          ))}
        </ol>
      </div>
    </Panel>
  );
}

async function follow(name: string, signal: AbortSignal, show: (line: Line) => void): Promise<void> {
  const response = await send(`${path`/v1/agents/${name}/placement/logs`}?follow=true`, {
    headers: { Accept: "text/event-stream" },
    signal,
  });
  for await (const { event, data } of readEvents(response)) {
    const content = JSON.parse(data) as Line & { readonly detail?: string };
    if (event === "log") show(content);
    if (event === "error") throw new Error(content.detail ?? "The target's lines broke off.");
  }
}
