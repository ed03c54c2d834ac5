import { useMemo } from "react";
import { plainText } from "../../../ui/plain-text.ts";
import { diffLines, diffValues } from "../model/diff.ts";
import type { DiffLine } from "../model/diff.ts";

const CONTEXT = 3;
/** Bytes are one long line: that they differ is what counts. */
const MAX_LINE = 2_000;
const LOOK = {
  same: { sign: " ", className: "" },
  removed: { sign: "−", className: "bg-bad-soft text-bad" },
  added: { sign: "+", className: "bg-good-soft text-good" },
} as const;

/** Lines that changed, with a few around them. */
export function TextDiff({ before, after }: { readonly before: string; readonly after: string }) {
  const lines = useMemo(() => diffLines(before, after), [before, after]);
  if (lines.every(({ kind }) => kind === "same")) return <Same />;
  return (
    <div
      tabIndex={0}
      role="group"
      aria-label="Differences"
      className="max-h-128 overflow-auto rounded bg-sunken font-mono text-xs"
    >
      {hunksOf(lines).map(({ from, lines: shown, skipped }) => (
        <div key={from}>
          {skipped > 0 ? <p className="px-2 py-0.5 text-muted">{skipped} equal lines</p> : undefined}
          {shown.map(({ kind, text }, index) => (
            <p key={`${from + index}`} className={`px-2 break-words whitespace-pre-wrap ${LOOK[kind].className}`}>
              <span className="sr-only">{kind === "same" ? "" : `${kind}: `}</span>
              <span aria-hidden className="inline-block w-4 select-none">
                {LOOK[kind].sign}
              </span>
              {plainText(text.slice(0, MAX_LINE))}
            </p>
          ))}
        </div>
      ))}
    </div>
  );
}

/** Values that changed, by their JSON Pointer. */
export function ValueDiff({ before, after }: { readonly before: unknown; readonly after: unknown }) {
  const changes = useMemo(() => diffValues(before, after), [before, after]);
  if (changes.length === 0) return <Same />;
  return (
    <ul className="flex flex-col gap-1.5 font-mono text-xs">
      {changes.map((change) => (
        <li key={change.at} className="min-w-0">
          <span className="text-muted">{change.at === "" ? "the whole" : change.at}</span>
          {"before" in change ? <Side kind="removed" value={change.before} /> : undefined}
          {"after" in change ? <Side kind="added" value={change.after} /> : undefined}
        </li>
      ))}
    </ul>
  );
}

function Side({ kind, value }: { readonly kind: "removed" | "added"; readonly value: unknown }) {
  return (
    <p className={`px-2 break-words whitespace-pre-wrap ${LOOK[kind].className}`}>
      <span className="sr-only">{kind}: </span>
      <span aria-hidden className="inline-block w-4 select-none">
        {LOOK[kind].sign}
      </span>
      {plainText((JSON.stringify(value, null, 1) ?? "nothing").slice(0, 4_000))}
    </p>
  );
}

function Same() {
  return <p className="text-sm text-muted">No difference.</p>;
}

interface Hunk {
  readonly from: number;
  readonly skipped: number;
  readonly lines: readonly DiffLine[];
}

function hunksOf(lines: readonly DiffLine[]): readonly Hunk[] {
  const keep = new Uint8Array(lines.length);
  for (const [index, { kind }] of lines.entries()) {
    if (kind !== "same") keep.fill(1, Math.max(0, index - CONTEXT), Math.min(lines.length, index + CONTEXT + 1));
  }
  const hunks: Hunk[] = [];
  let at = 0;
  while (at < lines.length) {
    const from = keep.indexOf(1, at);
    if (from < 0) break;
    const end = keep.indexOf(0, from);
    const to = end < 0 ? lines.length : end;
    hunks.push({ from, skipped: from - at, lines: lines.slice(from, to) });
    at = to;
  }
  return hunks;
}
