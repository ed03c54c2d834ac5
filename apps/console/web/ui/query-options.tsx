import { clsx } from "clsx";
import { useEffect, useState } from "react";
import { plainText } from "./plain-text.ts";
import { completionAt, rank, wordsOf } from "./query-completion.ts";
import type { Completion } from "./query-completion.ts";
import { readHistory } from "./query-history.ts";

const MOST = 12;

export interface QueryOptionsState {
  readonly isOpen: boolean;
  readonly list: readonly string[];
  readonly heading: string;
  /** Undefined: the list is of whole queries. */
  readonly completion: Completion | undefined;
  readonly activeIndex: number;
  readonly active: string | undefined;
  readonly open: () => void;
  readonly close: () => void;
  /** True: it was one for the list. */
  readonly onKey: (key: string) => boolean;
}

interface Wanted {
  readonly draft: string;
  readonly fields: readonly string[];
  readonly history: string;
  readonly valuesOf?: (field: string) => Promise<readonly string[]>;
}

/** Fields, then values; and before anything is typed, what was asked before. */
export function useQueryOptions({ draft, fields, history, valuesOf }: Wanted): QueryOptionsState {
  const [isWanted, setWanted] = useState(false);
  const [activeIndex, setActive] = useState(-1);
  const [values, setValues] = useState<{ readonly field: string; readonly list: readonly string[] }>();
  const completion = completionAt(draft);
  const field = completion?.field;
  useEffect(() => setActive(-1), [draft]);
  useEffect(() => {
    if (field === undefined || wordsOf(field) !== undefined || valuesOf === undefined) return undefined;
    let isOver = false;
    // Without values there is nothing to offer, which is no reason to disturb whoever types.
    void valuesOf(field)
      .catch(() => [])
      .then((list) => {
        if (!isOver) setValues({ field, list });
      });
    return () => {
      isOver = true;
    };
  }, [field, valuesOf]);
  const past = draft === "" ? readHistory(history) : [];
  const words = field === undefined ? undefined : (wordsOf(field) ?? (values?.field === field ? values.list : []));
  const list =
    !isWanted || completion === undefined
      ? []
      : past.length > 0
        ? past.slice(0, MOST)
        : rank(words ?? fields, completion.prefix, MOST);
  const isOpen = list.length > 0;
  return {
    isOpen,
    list,
    heading: past.length > 0 ? "Asked before" : field === undefined ? "Fields" : `Values of ${field}`,
    completion: past.length > 0 ? undefined : completion,
    activeIndex,
    active: list[activeIndex],
    open: () => setWanted(true),
    close: () => {
      setWanted(false);
      setActive(-1);
    },
    onKey: (key) => {
      if (key === "Escape" && isOpen) {
        setWanted(false);
        return true;
      }
      if (key !== "ArrowDown" && key !== "ArrowUp") return false;
      setWanted(true);
      if (list.length > 0)
        setActive((activeIndex + (key === "ArrowDown" ? 1 : activeIndex < 0 ? 0 : -1) + list.length) % list.length);
      return true;
    },
  };
}

export function QueryOptions({
  id,
  options,
  onTake,
}: {
  readonly id: string;
  readonly options: QueryOptionsState;
  readonly onTake: (option: string) => void;
}) {
  const { isOpen, list, heading, activeIndex } = options;
  return (
    <div
      className={clsx(
        "absolute top-full left-0 z-20 mt-1 w-full max-w-lg rounded-md border border-line-strong bg-panel py-1 shadow-lg",
        isOpen ? "" : "hidden",
      )}
    >
      <p aria-hidden className="px-3 py-0.5 text-xs text-muted">
        {heading}
      </p>
      <ul id={`${id}-options`} role="listbox" aria-label={heading}>
        {list.map((option, index) => (
          <li
            key={option}
            id={`${id}-option-${index}`}
            role="option"
            aria-selected={index === activeIndex}
            // The input keeps the focus.
            onPointerDown={(event) => {
              event.preventDefault();
              onTake(option);
            }}
            className={clsx(
              "min-h-6 cursor-pointer truncate px-3 py-1 font-mono text-xs",
              index === activeIndex ? "bg-accent-soft" : "hover:bg-sunken",
            )}
          >
            {plainText(option)}
          </li>
        ))}
      </ul>
    </div>
  );
}
