import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { targetsQuery } from "../../api/targets.ts";
import { SelectField } from "../../ui/field.tsx";

export interface TargetChoiceProps {
  /** "" is this platform. */
  readonly target: string;
  readonly onChange: (target: string) => void;
}

export function TargetChoice({ target, onChange }: TargetChoiceProps) {
  const { data: targets = [], error } = useQuery(targetsQuery);
  return (
    <SelectField
      label="Where it runs"
      hint={
        <>
          {error === null ? "Targets are places beyond this platform." : "The targets could not be loaded."}{" "}
          <Link to="/settings" search={{ section: "targets" }}>
            Set up targets
          </Link>
        </>
      }
      value={target}
      onChange={(event) => onChange(event.currentTarget.value)}
    >
      <option value="">This platform</option>
      {targets.map(({ name, kind }) => (
        <option key={name} value={name}>
          {name} ({kind})
        </option>
      ))}
    </SelectField>
  );
}
