import { useEffect, useMemo, useRef, useState } from "react";
import type { FormEvent, KeyboardEvent, ReactNode } from "react";
import type { JsonSchema } from "../../api/types.ts";
import { Button } from "../button.tsx";
import { TextArea } from "../field.tsx";
import { FormProvider } from "./field-context.ts";
import { findProblems } from "./find-problems.ts";
import type { Problems } from "./find-problems.ts";
import { initialValue, parseJson } from "./form-value.ts";
import { readSchema } from "./read-schema.ts";
import { ValueField } from "./value-field.tsx";

export interface SchemaFormProps {
  /** A stranger's, read with care. Absent: any JSON. */
  readonly schema?: JsonSchema;
  /** What is filled in, for those who do not see where it stands: "Input of echo". */
  readonly label: string;
  readonly initial?: unknown;
  readonly submitLabel: string;
  readonly isBusy?: boolean;
  readonly onSubmit: (value: unknown) => void;
  /** Beside the submit button. */
  readonly children?: ReactNode;
}

const NONE: Problems = new Map();

/** A form for a value of a JSON Schema, and the same value as JSON. What does not fit is told at its place; mod+Enter sends. */
export function SchemaForm({
  schema,
  label,
  initial,
  submitLabel,
  isBusy = false,
  onSubmit,
  children,
}: SchemaFormProps) {
  const field = useMemo(() => readSchema(schema ?? {}, label), [schema, label]);
  const hasForm = field.kind !== "json";
  const [mode, setMode] = useState<"form" | "json">(hasForm ? "form" : "json");
  const [value, setValue] = useState(() => initial ?? initialValue(field));
  const [text, setText] = useState(() => toText(value));
  const [unreadable, setUnreadable] = useState<Problems>(NONE);
  const [isChecked, setIsChecked] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const [attempts, setAttempts] = useState(0);

  const parsed = mode === "json" ? parseJson(text) : { value };
  const current = "value" in parsed ? parsed.value : undefined;
  const found = useMemo(() => findProblems(schema, current), [schema, current]);
  const problems =
    "problem" in parsed
      ? new Map([["", parsed.problem]])
      : mode === "form"
        ? new Map([...found, ...unreadable])
        : found;
  const isReadable = !("problem" in parsed) && (mode === "json" || unreadable.size === 0);

  useEffect(() => {
    if (attempts > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [attempts]);

  const context = {
    problems: isChecked ? problems : unreadable,
    reportUnreadable: (at: string, problem: string | undefined) =>
      setUnreadable((before) => {
        const others = [...before].filter(([each]) => each !== at);
        return new Map(problem === undefined ? others : [...others, [at, problem]]);
      }),
  };

  function submit(event: FormEvent) {
    event.preventDefault();
    setIsChecked(true);
    if (problems.size === 0) onSubmit(current);
    else setAttempts(attempts + 1);
  }
  function switchMode() {
    if (mode === "form") {
      setText(toText(value));
      setUnreadable(NONE);
      setMode("json");
      return;
    }
    if ("value" in parsed) {
      setValue(parsed.value);
      setMode("form");
    } else setIsChecked(true);
  }
  function onKeyDown(event: KeyboardEvent) {
    if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) form.current?.requestSubmit();
  }
  return (
    <form
      ref={form}
      noValidate
      aria-label={label}
      onSubmit={submit}
      onKeyDown={onKeyDown}
      className="flex flex-col gap-3"
    >
      {mode === "form" ? (
        <FormProvider value={context}>
          <ValueField field={field} at="" value={value} onChange={setValue} />
        </FormProvider>
      ) : (
        <TextArea
          label={`${label} as JSON`}
          rows={4}
          spellCheck={false}
          className="field-sizing-content max-h-96 font-mono text-xs"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          {...(isChecked && problems.size > 0 ? { error: toLines(problems) } : {})}
        />
      )}
      <div className="flex flex-wrap items-center gap-2">
        <Button type="submit" look="primary" disabled={isBusy}>
          {submitLabel}
        </Button>
        {isChecked && problems.size > 0 && isReadable ? (
          <Button look="quiet" disabled={isBusy} onClick={() => onSubmit(current)}>
            Send it all the same
          </Button>
        ) : undefined}
        {children}
        {hasForm ? (
          <Button look="quiet" small className="ml-auto" onClick={switchMode}>
            {mode === "form" ? "Edit as JSON" : "Edit as a form"}
          </Button>
        ) : undefined}
      </div>
    </form>
  );
}

function toText(value: unknown): string {
  return value === undefined ? "" : JSON.stringify(value, null, 2);
}

function toLines(problems: Problems): string {
  return [...problems].map(([at, problem]) => (at === "" ? problem : `${at}: ${problem}`)).join(" ");
}
