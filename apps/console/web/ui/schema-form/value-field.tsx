import { Plus, X } from "lucide-react";
import { useState } from "react";
import type { ReactNode } from "react";
import { Button } from "../button.tsx";
import { CheckField } from "../check-field.tsx";
import { useFormContext } from "./field-context.ts";
import { initialValue, memberOf, withMember } from "./form-value.ts";
import { LeafField } from "./leaf-field.tsx";
import type { FieldProps } from "./leaf-field.tsx";

/** Any value at any depth. */
export function ValueField(props: FieldProps) {
  if (props.field.kind === "group") return <GroupField {...props} field={props.field} />;
  if (props.field.kind === "several") return <SeveralField {...props} field={props.field} />;
  if (props.field.kind === "list") return <ListField {...props} field={props.field} />;
  return <LeafField {...props} field={props.field} />;
}

function GroupField({ field, at, value, onChange }: FieldProps<"group">) {
  const members = field.members.map(({ key, field: member }) => (
    <ValueField
      key={key}
      field={member}
      at={`${at}/${key}`}
      value={memberOf(value, key)}
      onChange={(next) => onChange(withMember(value, key, next, field.isRequired))}
    />
  ));
  if (members.length === 0) return <p className="text-sm text-muted">{field.label} takes nothing.</p>;
  // The whole needs no frame: the place it stands in is its frame.
  if (at === "") return <div className="flex flex-col gap-3">{members}</div>;
  return (
    <Frame label={field.label} isRequired={field.isRequired} description={field.description} at={at}>
      {members}
    </Frame>
  );
}

function SeveralField({ field, at, value, onChange }: FieldProps<"several">) {
  const chosen: readonly unknown[] = Array.isArray(value) ? value : [];
  const isChosen = (option: unknown) => chosen.some((each) => JSON.stringify(each) === JSON.stringify(option));
  const toggle = (option: unknown) => {
    // In the order of the options, whatever the order of the presses.
    const next = field.options.filter((each) => (each === option ? !isChosen(each) : isChosen(each)));
    onChange(next.length === 0 && !field.isRequired ? undefined : next);
  };
  return (
    <Frame label={field.label} isRequired={field.isRequired} description={field.description} at={at}>
      <div className="flex flex-wrap gap-x-5 gap-y-1">
        {field.options.map((option) => (
          <CheckField
            key={JSON.stringify(option)}
            label={typeof option === "string" ? option : JSON.stringify(option)}
            checked={isChosen(option)}
            onChange={() => toggle(option)}
          />
        ))}
      </div>
    </Frame>
  );
}

function ListField({ field, at, value, onChange }: FieldProps<"list">) {
  const items: readonly unknown[] = Array.isArray(value) ? value : [];
  // What is typed stays with its item when one before it goes.
  const [ids, setIds] = useState(() => items.map((_, index) => index));
  const add = () => {
    setIds([...ids, Math.max(-1, ...ids) + 1]);
    onChange([...items, initialValue(field.item) ?? null]);
  };
  const remove = (at: number) => {
    setIds(ids.filter((_, index) => index !== at));
    const next = items.filter((_, index) => index !== at);
    onChange(next.length === 0 && !field.isRequired ? undefined : next);
  };
  return (
    <Frame label={field.label} isRequired={field.isRequired} description={field.description} at={at}>
      {items.map((item, index) => (
        <div key={ids[index] ?? index} className="flex items-start gap-2">
          <div className="min-w-0 flex-1">
            <ValueField
              field={{ ...field.item, label: `${field.label} ${index + 1}` }}
              at={`${at}/${index}`}
              value={item === null && !field.item.isNullable ? undefined : item}
              onChange={(next) => onChange(items.map((each, n) => (n === index ? (next ?? null) : each)))}
            />
          </div>
          <Button
            look="quiet"
            small
            className="mt-5 min-h-8"
            aria-label={`Remove ${field.label} ${index + 1}`}
            onClick={() => remove(index)}
          >
            <X size={14} aria-hidden />
          </Button>
        </div>
      ))}
      <div>
        <Button small disabled={items.length >= field.most} onClick={add}>
          <Plus size={14} aria-hidden />
          Add to {field.label}
        </Button>
      </div>
    </Frame>
  );
}

function Frame({
  label,
  isRequired,
  description,
  at,
  children,
}: {
  readonly label: string;
  readonly isRequired: boolean;
  readonly description: string | undefined;
  readonly at: string;
  readonly children: ReactNode;
}) {
  const problem = useFormContext().problems.get(at);
  return (
    <fieldset className="flex min-w-0 flex-col gap-3 border-l-2 border-line pl-3">
      <legend className="float-left w-full text-xs font-medium">{isRequired ? label : `${label} (optional)`}</legend>
      {description === undefined ? undefined : <p className="-mt-2 text-xs text-muted">{description}</p>}
      {children}
      {problem === undefined ? undefined : (
        <p role="alert" className="text-xs font-medium text-bad">
          {problem}
        </p>
      )}
    </fieldset>
  );
}
