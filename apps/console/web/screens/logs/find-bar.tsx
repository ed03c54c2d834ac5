import { ChevronDown, ChevronUp, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Button } from "../../ui/button.tsx";
import { countMatches } from "./model/find-lines.ts";
import type { LineTest } from "./model/find-lines.ts";
import type { LogTail } from "./use-log-tail.ts";

const COUNT_MS = 400;

export interface FindBarProps {
  readonly tail: LogTail;
  readonly text: string;
  readonly test: LineTest | undefined;
  readonly onText: (text: string) => void;
  readonly onStep: (by: 1 | -1) => void;
  readonly onClose: () => void;
}

/** Finds in what is loaded: the browser's own search sees only the lines that are drawn. */
export function FindBar({ tail, text, test, onText, onStep, onClose }: FindBarProps) {
  const count = useCount(tail, test);
  const isWrong = text !== "" && test === undefined;
  return (
    <form
      role="search"
      aria-label="Find in the lines"
      className="flex flex-wrap items-center gap-1.5 border-b border-line bg-sunken px-2 py-1.5"
      onSubmit={(event) => {
        event.preventDefault();
        onStep(1);
      }}
      onKeyDown={(event) => {
        if (event.key === "Escape") onClose();
        if (event.key === "Enter" && event.shiftKey) {
          event.preventDefault();
          onStep(-1);
        }
      }}
    >
      <input
        autoFocus
        aria-label="Find in the lines"
        aria-invalid={isWrong}
        placeholder="Find text or /pattern/"
        spellCheck={false}
        value={text}
        onChange={({ currentTarget }) => onText(currentTarget.value)}
        className="min-h-7 min-w-40 flex-1 rounded-md border border-line-strong bg-panel px-2 font-mono text-xs placeholder:text-muted"
      />
      <span role="status" className="text-xs text-muted tabular-nums">
        {isWrong
          ? "not a pattern"
          : count === undefined
            ? ""
            : `${count.toLocaleString("en")} of ${tail.buffer.length.toLocaleString("en")} lines`}
      </span>
      <Button look="quiet" small aria-label="Previous (N)" onClick={() => onStep(-1)}>
        <ChevronUp size={14} aria-hidden />
      </Button>
      <Button look="quiet" small aria-label="Next (n)" onClick={() => onStep(1)}>
        <ChevronDown size={14} aria-hidden />
      </Button>
      <Button look="quiet" small aria-label="Close find" onClick={onClose}>
        <X size={14} aria-hidden />
      </Button>
    </form>
  );
}

/** A little after the text or the lines have changed, and no more often than that. */
function useCount({ buffer, version }: LogTail, test: LineTest | undefined): number | undefined {
  const [count, setCount] = useState<number>();
  const latest = useRef({ buffer, test });
  latest.current = { buffer, test };
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      const now = latest.current;
      setCount(now.test === undefined ? undefined : countMatches(now.buffer, now.test));
    }, COUNT_MS);
  }, [version, test]);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );
  return count;
}
