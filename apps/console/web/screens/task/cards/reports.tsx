import { useState } from "react";
import type { LogEntry } from "@berth/protocol";
import { Badge } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { plainText } from "../../../ui/plain-text.ts";
import type { Progress } from "../model/conversation.ts";

const SHOWN = 3;

/** The last reports in a row, with how far the work is; the ones before on request. */
export function ProgressReports({ reports }: { readonly reports: readonly Progress[] }) {
  const [isAll, setAll] = useState(false);
  const shown = isAll ? reports : reports.slice(-SHOWN);
  const fraction = reports.findLast((report) => report.fraction !== undefined)?.fraction;
  return (
    <div className="flex flex-col gap-1 text-sm">
      {shown.length < reports.length ? (
        <Button look="quiet" small className="self-start" onClick={() => setAll(true)}>
          {reports.length - shown.length} reports before
        </Button>
      ) : undefined}
      <ul className="flex flex-col">
        {shown.map(({ seq, text }, index) => (
          <li key={seq} className={index === shown.length - 1 ? "break-words" : "break-words text-muted"}>
            {plainText(text)}
          </li>
        ))}
      </ul>
      {fraction === undefined ? undefined : (
        <div className="flex items-center gap-2">
          <progress
            value={fraction}
            max={1}
            aria-label="Progress"
            className="h-1.5 w-40 max-w-full appearance-none overflow-hidden rounded-full bg-line [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-line [&::-webkit-progress-value]:bg-accent"
          />
          <span className="text-xs text-muted tabular-nums">{Math.round(fraction * 100)} %</span>
        </div>
      )}
    </div>
  );
}

const BAD = new Set(["error", "critical", "alert", "emergency"]);

export function LogEntries({ entries }: { readonly entries: readonly (LogEntry & { readonly seq: number })[] }) {
  const [isAll, setAll] = useState(false);
  const shown = isAll ? entries : entries.slice(-8);
  return (
    <div className="flex flex-col gap-1">
      {shown.length < entries.length ? (
        <Button look="quiet" small className="self-start" onClick={() => setAll(true)}>
          {entries.length - shown.length} entries before
        </Button>
      ) : undefined}
      <ul className="flex flex-col gap-0.5">
        {shown.map(({ seq, level, data }) => (
          <li key={seq} className="flex items-baseline gap-2">
            <Badge tone={BAD.has(level) ? "bad" : level === "warning" ? "warn" : "plain"}>{level}</Badge>
            <code className="min-w-0 font-mono text-xs break-words whitespace-pre-wrap">
              {plainText(typeof data === "string" ? data : JSON.stringify(data)).slice(0, 4_000)}
            </code>
          </li>
        ))}
      </ul>
    </div>
  );
}
