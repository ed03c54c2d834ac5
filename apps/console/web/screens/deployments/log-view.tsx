import { clsx } from "clsx";
import { ChevronRight } from "lucide-react";
import { useEffect, useRef } from "react";
import { Button } from "../../ui/button.tsx";
import { CopyButton } from "../../ui/copy-button.tsx";
import { Panel } from "../../ui/panel.tsx";
import { save } from "../../ui/save-button.tsx";
import { formatDuration } from "../../ui/time.tsx";
import { AnsiLine } from "../../ui/ansi-line.tsx";
import { toText } from "./build-log.ts";
import type { BuildLog, LogSection } from "./build-log.ts";

/** From here on lines are laid out when they are scrolled to. */
const LONG = 500;
const LAZY = "[contain-intrinsic-size:auto_24px] [content-visibility:auto]";

export interface LogViewProps {
  readonly log: BuildLog;
  readonly isRunning: boolean;
  /** The line of the address. */
  readonly line: number | undefined;
  readonly onLine: (line: number) => void;
  readonly fileName: string;
}

/** The log by steps, each to fold; every line has an address. While it grows it stays at its end, unless somebody scrolled away. */
export function LogView({ log, isRunning, line, onLine, fileName }: LogViewProps) {
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const count = log.sections.reduce((sum, { lines }) => sum + lines.length, 0);
  useEffect(() => {
    const element = box.current;
    if (isRunning && atEnd.current && element !== null) element.scrollTop = element.scrollHeight;
  }, [count, isRunning]);
  useEffect(() => {
    if (line !== undefined) box.current?.querySelector(`#L${line}`)?.scrollIntoView({ block: "center" });
  }, [line]);
  const text = toText(log);
  return (
    <Panel
      title="Log"
      flush
      actions={
        <>
          <span className="text-xs text-muted tabular-nums">
            {count} {count === 1 ? "line" : "lines"}
          </span>
          <CopyButton text={text} label="Copy the log" />
          <Button look="quiet" small onClick={() => save(fileName, text, "text/plain")}>
            Download
          </Button>
        </>
      }
    >
      <div
        ref={box}
        role="log"
        aria-live="off"
        aria-label="Build log"
        tabIndex={0}
        onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
          atEnd.current = scrollHeight - scrollTop - clientHeight < 24;
        }}
        className="max-h-[60dvh] overflow-auto py-1 font-mono text-xs"
      >
        {count === 0 && !isRunning ? <p className="px-4 py-2 text-muted">It printed nothing.</p> : undefined}
        {log.sections.map((section) => (
          <Section key={section.step} section={section} line={line} onLine={onLine} />
        ))}
      </div>
    </Panel>
  );
}

interface SectionProps extends Pick<LogViewProps, "line" | "onLine"> {
  readonly section: LogSection;
}

function Section({ section, line, onLine }: SectionProps) {
  const { step, lines, firstLine, ms, status } = section;
  const rows = lines.map((text, index) => {
    const number = firstLine + index;
    return (
      <Line
        key={number}
        number={number}
        text={text}
        isChosen={number === line}
        isLong={lines.length > LONG}
        onLine={onLine}
      />
    );
  });
  if (step === "") return <ol>{rows}</ol>;
  if (lines.length === 0) return undefined;
  return (
    <details open className="group">
      <summary className="sticky top-0 flex min-h-6 list-none items-center gap-2 bg-panel px-3 py-1 font-sans text-xs font-semibold">
        <ChevronRight size={13} aria-hidden className="group-open:rotate-90" />
        {step}
        <span className="font-normal text-muted">
          {status}
          {ms === undefined ? "" : `, ${formatDuration(ms * 1_000)}`}, {lines.length}{" "}
          {lines.length === 1 ? "line" : "lines"}
        </span>
      </summary>
      <ol>{rows}</ol>
    </details>
  );
}

interface LineProps extends Pick<LogViewProps, "onLine"> {
  readonly number: number;
  readonly text: string;
  readonly isChosen: boolean;
  readonly isLong: boolean;
}

function Line({ number, text, isChosen, isLong, onLine }: LineProps) {
  return (
    <li id={`L${number}`} className={clsx("flex leading-6", isLong && LAZY, isChosen && "bg-accent-soft")}>
      <button
        type="button"
        aria-label={`Link to line ${number}`}
        aria-current={isChosen}
        onClick={() => onLine(number)}
        className="w-14 shrink-0 px-2 text-right leading-6 text-muted tabular-nums select-none hover:text-text hover:underline"
      >
        {number}
      </button>
      <span className="min-w-0 flex-1 pr-3 break-words whitespace-pre-wrap">
        <AnsiLine text={text} />
      </span>
    </li>
  );
}
