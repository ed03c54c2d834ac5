import { useState } from "react";
import { CheckField } from "../check-field.tsx";
import { SelectField, TextArea, TextField } from "../field.tsx";
import { useFormContext } from "./field-context.ts";
import { parseJson, toNumber } from "./form-value.ts";
import type { FormField } from "./read-schema.ts";

export interface FieldProps<Kind extends FormField["kind"] = FormField["kind"]> {
  readonly field: Extract<FormField, { readonly kind: Kind }>;
  /** JSON Pointer of the place. */
  readonly at: string;
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
}

type LeafKind = Exclude<FormField["kind"], "group" | "list" | "several">;

const INPUT_TYPES = {
  line: "text",
  lines: "text",
  date: "date",
  email: "email",
  url: "url",
  secret: "password",
} as const;

/** One value in one box; where null is allowed, a switch says so. */
export function LeafField(props: FieldProps<LeafKind>) {
  const { field, value, onChange } = props;
  if (!field.isNullable || field.kind === "json" || field.kind === "choice") return <Leaf {...props} />;
  return (
    <div className="flex flex-col gap-1">
      {value === null ? <TextField {...useLabels(props)} value="null" disabled readOnly /> : <Leaf {...props} />}
      <CheckField
        label={`${field.label} is null`}
        checked={value === null}
        onChange={(event) => onChange(event.currentTarget.checked ? null : undefined)}
      />
    </div>
  );
}

function Leaf(props: FieldProps<LeafKind>) {
  switch (props.field.kind) {
    case "text":
      return <TextLeaf {...props} field={props.field} />;
    case "number":
      return <NumberLeaf {...props} field={props.field} />;
    case "yes-no":
      return <YesNoLeaf {...props} field={props.field} />;
    case "choice":
      return <ChoiceLeaf {...props} field={props.field} />;
    default:
      return <JsonLeaf {...props} field={props.field} />;
  }
}

function TextLeaf(props: FieldProps<"text">) {
  const { field, value, onChange } = props;
  const shared = {
    ...useLabels(props),
    value: typeof value === "string" ? value : "",
    "aria-required": field.isRequired,
  };
  const toValue = (text: string) => onChange(text === "" ? undefined : text);
  if (field.input === "lines") {
    return (
      <TextArea
        {...shared}
        rows={1}
        className="field-sizing-content max-h-72"
        onChange={(event) => toValue(event.currentTarget.value)}
      />
    );
  }
  return (
    <TextField
      {...shared}
      type={INPUT_TYPES[field.input]}
      autoComplete="off"
      onChange={(event) => toValue(event.currentTarget.value)}
    />
  );
}

function NumberLeaf(props: FieldProps<"number">) {
  const { field, value, onChange } = props;
  const [text, setText] = useState(
    value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value),
  );
  return (
    <TextField
      {...useLabels(props)}
      inputMode={field.step === 1 ? "numeric" : "decimal"}
      autoComplete="off"
      aria-required={field.isRequired}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        onChange(toNumber(event.currentTarget.value));
      }}
    />
  );
}

function YesNoLeaf(props: FieldProps<"yes-no">) {
  const { field, value, onChange } = props;
  return (
    <SelectField
      {...useLabels(props)}
      aria-required={field.isRequired}
      value={typeof value === "boolean" ? String(value) : ""}
      onChange={(event) =>
        onChange(event.currentTarget.value === "" ? undefined : event.currentTarget.value === "true")
      }
    >
      <option value="">{field.isRequired ? "Choose …" : "Not given"}</option>
      <option value="true">Yes</option>
      <option value="false">No</option>
    </SelectField>
  );
}

function ChoiceLeaf(props: FieldProps<"choice">) {
  const { field, value, onChange } = props;
  const options = field.isNullable && !field.options.includes(null) ? [...field.options, null] : field.options;
  const chosen = options.findIndex((option) => JSON.stringify(option) === JSON.stringify(value));
  return (
    <SelectField
      {...useLabels(props)}
      aria-required={field.isRequired}
      value={value === undefined ? "" : String(chosen)}
      onChange={(event) =>
        onChange(event.currentTarget.value === "" ? undefined : options[Number(event.currentTarget.value)])
      }
    >
      <option value="">{field.isRequired ? "Choose …" : "Not given"}</option>
      {options.map((option, index) => (
        <option key={JSON.stringify(option)} value={index}>
          {typeof option === "string" ? option : JSON.stringify(option)}
        </option>
      ))}
    </SelectField>
  );
}

function JsonLeaf(props: FieldProps<"json">) {
  const { field, at, value, onChange } = props;
  const [text, setText] = useState(value === undefined ? "" : JSON.stringify(value, null, 2));
  const { reportUnreadable } = useFormContext();
  return (
    <TextArea
      {...useLabels(props)}
      rows={2}
      spellCheck={false}
      placeholder="JSON"
      aria-required={field.isRequired}
      className="field-sizing-content max-h-72 font-mono text-xs"
      value={text}
      onChange={(event) => {
        const parsed = parseJson(event.currentTarget.value);
        setText(event.currentTarget.value);
        reportUnreadable(at, "problem" in parsed ? parsed.problem : undefined);
        if ("value" in parsed) onChange(parsed.value);
      }}
    />
  );
}

function useLabels({ field, at }: Pick<FieldProps, "field" | "at">) {
  const error = useFormContext().problems.get(at);
  const hint = [field.description, field.hint].filter((each) => each !== undefined).join(" · ");
  return {
    label: field.isRequired ? field.label : `${field.label} (optional)`,
    ...(hint === "" ? {} : { hint }),
    ...(error === undefined ? {} : { error }),
  };
}
