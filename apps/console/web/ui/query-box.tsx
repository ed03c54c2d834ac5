import { clsx } from "clsx";
import { Search, TextCursorInput, X } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import type { KeyboardEvent } from "react";
import { Button } from "./button.tsx";
import { plainText } from "./plain-text.ts";
import { QueryOptions, useQueryOptions } from "./query-options.tsx";
import { complete } from "./query-completion.ts";
import { remember } from "./query-history.ts";
import { isWhole, piecesOf } from "./query-pieces.ts";
import { QueryProblemLine } from "./query-problem.tsx";
import { readQuery } from "./read-query.ts";

export interface QueryBoxProps {
  readonly label: string;
  readonly value: string;
  /** Only with what can be read. */
  readonly onChange: (query: string) => void;
  /** Those that make sense here, the likeliest first. */
  readonly fields: readonly string[];
  /** The values of a field that occur; fields with words of their own are known. */
  readonly valuesOf?: (field: string) => Promise<readonly string[]>;
  /** Queries that were asked before are kept under this name. */
  readonly history: string;
  readonly placeholder: string;
}

/**
 * A query as chips, one for each term, or as its text. A term becomes a chip with a space or Enter; Backspace takes the last one back
 * into the text. `/` comes here (data-search).
 */
export function QueryBox({ label, value, onChange, fields, valuesOf, history, placeholder }: QueryBoxProps) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [isText, setText] = useState(false);
  const [draft, setDraft] = useState("");
  const [isTried, setTried] = useState(false);
  const chips = isText ? [] : piecesOf(value).map(({ text }) => text);
  const whole = [...chips, draft].filter((part) => part.trim() !== "").join(" ");
  const { problem } = readQuery(isTried ? whole : value);
  const options = useQueryOptions({ draft, fields, history, ...(valuesOf === undefined ? {} : { valuesOf }) });
  useEffect(() => {
    if (isText) setDraft(value);
  }, [isText, value]);

  function commit(text: string): void {
    const next = [...chips, text]
      .filter((part) => part.trim() !== "")
      .map((part) => part.trim())
      .join(" ");
    if (readQuery(next).problem !== undefined) {
      setTried(true);
      return;
    }
    setTried(false);
    if (!isText) setDraft("");
    options.close();
    remember(history, next);
    if (next !== value) onChange(next);
  }
  function take(option: string): void {
    if (options.completion === undefined) {
      setDraft("");
      setTried(false);
      onChange(option);
      options.close();
      return;
    }
    const next = complete(draft, options.completion, option);
    if (next.endsWith(" ") && !isText) commit(next);
    else setDraft(next);
  }
  function onKeyDown(event: KeyboardEvent<HTMLInputElement>): void {
    if (options.onKey(event.key)) event.preventDefault();
    else if (event.key === "Enter") {
      event.preventDefault();
      if (options.active === undefined) commit(draft);
      else take(options.active);
    } else if (event.key === "Tab" && options.active !== undefined && !event.shiftKey) {
      event.preventDefault();
      take(options.active);
    } else if (event.key === "Backspace" && draft === "" && !isText) {
      const last = chips.at(-1);
      if (last === undefined) return;
      event.preventDefault();
      edit(chips.length - 1);
    }
  }
  function edit(index: number): void {
    const chip = chips[index];
    if (chip === undefined) return;
    onChange(chips.filter((_, at) => at !== index).join(" "));
    setDraft(chip);
    input.current?.focus();
  }
  return (
    <div className="relative flex min-w-0 flex-col gap-1">
      <div
        className={clsx(
          "flex min-h-9 min-w-0 items-center gap-1.5 rounded-md border bg-panel px-2 py-1 focus-within:outline-2 focus-within:outline-offset-1 focus-within:outline-accent",
          problem === undefined ? "border-line-strong" : "border-bad",
        )}
      >
        <Search size={14} aria-hidden className="shrink-0 text-muted" />
        <div className="flex min-w-0 flex-1 flex-wrap items-center gap-1">
          {chips.map((chip, index) => (
            <span
              // The same term may stand there twice.
              key={`${index} ${chip}`}
              className={clsx(
                "inline-flex min-h-6 max-w-full min-w-0 items-center rounded font-mono text-xs",
                chip.startsWith("-") ? "bg-bad-soft text-bad" : "bg-accent-soft text-accent-text",
              )}
            >
              <button type="button" title="Edit" className="min-h-6 min-w-0 truncate pl-2" onClick={() => edit(index)}>
                {plainText(chip)}
              </button>
              <button
                type="button"
                aria-label={`Remove ${chip}`}
                className="grid size-6 shrink-0 place-items-center rounded hover:bg-panel"
                onClick={() => {
                  onChange(chips.filter((_, at) => at !== index).join(" "));
                  input.current?.focus();
                }}
              >
                <X size={12} aria-hidden />
              </button>
            </span>
          ))}
          <input
            ref={input}
            data-search
            role="combobox"
            aria-label={label}
            aria-expanded={options.isOpen}
            aria-controls={`${id}-options`}
            aria-autocomplete="list"
            aria-activedescendant={options.activeIndex < 0 ? undefined : `${id}-option-${options.activeIndex}`}
            aria-invalid={problem !== undefined}
            aria-describedby={problem === undefined ? undefined : `${id}-problem`}
            autoComplete="off"
            spellCheck={false}
            value={draft}
            placeholder={chips.length === 0 ? placeholder : "and …"}
            className="min-h-6 min-w-24 flex-1 bg-transparent font-mono text-xs outline-none placeholder:text-muted"
            onFocus={() => options.open()}
            onBlur={() => {
              options.close();
              if (draft.trim() !== "" && !isText && readQuery(whole).problem === undefined) commit(draft);
            }}
            onKeyDown={onKeyDown}
            onChange={({ currentTarget }) => {
              const typed = currentTarget.value;
              setTried(false);
              if (!isText && typed.endsWith(" ") && isWhole(typed.trimEnd())) commit(typed);
              else setDraft(typed);
              options.open();
            }}
          />
        </div>
        {value === "" ? undefined : (
          <Button
            look="quiet"
            small
            aria-label="Clear the query"
            onClick={() => {
              setDraft("");
              setTried(false);
              onChange("");
              input.current?.focus();
            }}
          >
            <X size={14} aria-hidden />
          </Button>
        )}
        <Button
          look="quiet"
          small
          aria-pressed={isText}
          aria-label="Edit as text"
          title="Edit as text"
          className="aria-pressed:bg-accent-soft"
          onClick={() => {
            setText(!isText);
            setDraft(isText ? "" : value);
            input.current?.focus();
          }}
        >
          <TextCursorInput size={14} aria-hidden />
        </Button>
      </div>
      <QueryOptions id={id} options={options} onTake={take} />
      {problem === undefined ? undefined : (
        <QueryProblemLine id={`${id}-problem`} text={isTried ? whole : value} problem={problem} />
      )}
    </div>
  );
}
