import { useQuery } from "@tanstack/react-query";
import { plainText } from "../../ui/plain-text.ts";
import { SelectField } from "../../ui/field.tsx";
import { Loaded } from "../../ui/status.tsx";
import { diffQuery } from "./file.ts";
import type { WorkspaceFile } from "./file.ts";
import { diffLines } from "./folder.ts";

const LOOKS = {
  place: { sign: "", className: "bg-sunken text-muted" },
  same: { sign: " ", className: "" },
  added: { sign: "+", className: "bg-good-soft" },
  removed: { sign: "−", className: "bg-bad-soft" },
} as const;

export interface DiffPanelProps {
  readonly path: string;
  readonly versions: readonly WorkspaceFile[];
  readonly from: number;
  readonly to: number;
  readonly onChange: (versions: { readonly from: number; readonly to: number }) => void;
}

/** Two versions against each other. */
export function DiffPanel({ path, versions, from, to, onChange }: DiffPanelProps) {
  const diff = useQuery(diffQuery(path, from, to));
  const numbers = versions.map(({ version }) => version);
  return (
    <div className="flex flex-col gap-3 p-3">
      <div className="grid grid-cols-2 gap-3 sm:max-w-80">
        <SelectField
          label="From version"
          value={from}
          onChange={(event) => onChange({ from: Number(event.target.value), to })}
        >
          {[...numbers, 0].map((version) => (
            <option key={version} value={version}>
              {version === 0 ? "an empty file" : version}
            </option>
          ))}
        </SelectField>
        <SelectField
          label="To version"
          value={to}
          onChange={(event) => onChange({ from, to: Number(event.target.value) })}
        >
          {numbers.map((version) => (
            <option key={version}>{version}</option>
          ))}
        </SelectField>
      </div>
      <Loaded query={diff} what="the difference">
        {({ text }) =>
          text === undefined ? (
            <p className="text-sm text-muted">These are no texts, or too large to compare.</p>
          ) : text === "" ? (
            <p className="text-sm text-muted">They are the same.</p>
          ) : (
            <pre
              tabIndex={0}
              aria-label="Difference"
              className="max-h-[65dvh] overflow-auto rounded-md border border-line font-mono text-xs"
            >
              {diffLines(text).map(({ kind, text: line }, at) => (
                <span key={at} className={`block px-2 break-words whitespace-pre-wrap ${LOOKS[kind].className}`}>
                  <span aria-hidden className="mr-2 inline-block w-3 text-muted select-none">
                    {LOOKS[kind].sign}
                  </span>
                  {kind === "added" || kind === "removed" ? <span className="sr-only">{kind}: </span> : undefined}
                  {plainText(line)}
                </span>
              ))}
            </pre>
          )
        }
      </Loaded>
    </div>
  );
}
