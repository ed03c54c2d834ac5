import { SelectField } from "../../ui/field.tsx";
import type { Version } from "./chat-queries.ts";

export interface VersionFieldProps {
  readonly label: string;
  readonly versions: readonly Version[];
  readonly value: string | undefined;
  /** Undefined: where the agent's traffic goes. */
  readonly onChange: (label: string | undefined) => void;
}

export function VersionField({ label, versions, value, onChange }: VersionFieldProps) {
  return (
    <SelectField
      label={label}
      value={value ?? ""}
      onChange={(event) => onChange(event.target.value === "" ? undefined : event.target.value)}
    >
      <option value="">where the traffic goes</option>
      {versions.map(({ label: name, version, active, createdAt }) => (
        <option key={name} value={name}>
          {version} of {createdAt.slice(0, 16).replace("T", " ")}
          {active ? ", active" : ""}
        </option>
      ))}
    </SelectField>
  );
}
