import { useState } from "react";
import { SelectField, TextField } from "../field.tsx";
import { problemOf } from "./form-field.ts";
import type { FieldTexts, FormField } from "./form-field.ts";

export interface FieldsFormProps {
  readonly fields: readonly FormField[];
  readonly texts: FieldTexts;
  readonly onChange: (texts: FieldTexts) => void;
  /** Also what nobody has been at yet: after somebody tried to send it. */
  readonly showAll: boolean;
}

/** The questions of a form, each with what is wrong as soon as somebody has left it. */
export function FieldsForm({ fields, texts, onChange, showAll }: FieldsFormProps) {
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  return (
    <div className="flex flex-col gap-3">
      {fields.map((field) => {
        const { key } = field;
        const text = texts[key] ?? "";
        const problem = showAll || left.has(key) ? problemOf(field, text) : undefined;
        return (
          <Field
            key={key}
            field={field}
            text={text}
            problem={problem}
            onChange={(value) => onChange({ ...texts, [key]: value })}
            onLeave={() => setLeft((before) => new Set([...before, key]))}
          />
        );
      })}
    </div>
  );
}

interface FieldProps {
  readonly field: FormField;
  readonly text: string;
  readonly problem: string | undefined;
  readonly onChange: (text: string) => void;
  readonly onLeave: () => void;
}

function Field({ field, text, problem, onChange, onLeave }: FieldProps) {
  const { label, required, help, type, choices = type === "boolean" ? ["true", "false"] : undefined, example } = field;
  const shared = {
    label: required ? label : `${label} (optional)`,
    hint: help,
    error: problem,
    "aria-required": required,
    value: text,
    onBlur: onLeave,
  };
  if (choices !== undefined) {
    return (
      <SelectField {...shared} onChange={(event) => onChange(event.currentTarget.value)}>
        <option value="">{required ? "Choose …" : "As it is by default"}</option>
        {choices.map((choice) => (
          <option key={choice} value={choice}>
            {type === "boolean" ? (choice === "true" ? "Yes" : "No") : choice}
          </option>
        ))}
      </SelectField>
    );
  }
  return (
    <TextField
      {...shared}
      type={type === "secret" ? "password" : "text"}
      inputMode={type === "number" ? "decimal" : "text"}
      autoComplete="off"
      spellCheck={false}
      placeholder={example}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
