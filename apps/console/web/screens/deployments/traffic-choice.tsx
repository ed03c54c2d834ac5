import { TextField } from "../../ui/field.tsx";

export type Traffic =
  | { readonly kind: "default" | "all" | "none" }
  | { readonly kind: "canary"; readonly percent: number };

const CHOICES = [
  { kind: "default", label: "As berth.json says", hint: "Without a word about it: everything at once." },
  { kind: "all", label: "Everything at once", hint: "Also when berth.json asks for a trial." },
  { kind: "canary", label: "A trial on a part", hint: "It is promoted or taken back by how its calls end." },
  { kind: "none", label: "Nothing yet", hint: "The release is made and checked, and waits to be promoted." },
] as const;

export interface TrafficChoiceProps {
  readonly traffic: Traffic;
  readonly onChange: (traffic: Traffic) => void;
  readonly problem?: string;
}

export function TrafficChoice({ traffic, onChange, problem }: TrafficChoiceProps) {
  return (
    <fieldset className="flex flex-col gap-1.5">
      <legend className="mb-1 text-xs font-medium">Traffic that it gets</legend>
      {CHOICES.map(({ kind, label, hint }) => (
        <label key={kind} className="flex items-start gap-2">
          <input
            type="radio"
            name="traffic"
            className="mt-1 size-4 shrink-0 accent-(--accent)"
            checked={traffic.kind === kind}
            onChange={() => onChange(kind === "canary" ? { kind, percent: 10 } : { kind })}
          />
          <span>
            {label}
            <span className="block text-xs text-muted">{hint}</span>
          </span>
        </label>
      ))}
      {traffic.kind === "canary" ? (
        <div className="w-40 pl-6">
          <TextField
            label="Percent"
            type="number"
            min={1}
            max={50}
            value={Number.isNaN(traffic.percent) ? "" : traffic.percent}
            onChange={(event) => onChange({ kind: "canary", percent: event.currentTarget.valueAsNumber })}
            {...(problem === undefined ? {} : { error: problem })}
          />
        </div>
      ) : undefined}
    </fieldset>
  );
}
