import { useState } from "react";
import type { Attributes } from "@berth/telemetry";
import { TextField } from "./field.tsx";
import { plainText } from "./plain-text.ts";

const MOST = 2_000;
const FILTER_FROM = 12;

/** Names and values as they came; a click on a name looks for the same elsewhere. */
export function AttributeTable({ label, attributes }: { readonly label: string; readonly attributes: Attributes }) {
  const [wanted, setWanted] = useState("");
  const all = Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const shown = all.filter(
    ([key, value]) => wanted === "" || `${key} ${toText(value)}`.toLowerCase().includes(wanted.toLowerCase()),
  );
  if (all.length === 0) return undefined;
  return (
    <section aria-label={label} className="flex flex-col gap-1.5">
      <h3 className="text-xs font-semibold text-muted">
        {label} <span className="font-normal">{all.length}</span>
      </h3>
      {all.length < FILTER_FROM ? undefined : (
        <TextField
          label={`Filter ${label.toLowerCase()}`}
          hiddenLabel
          placeholder="Filter"
          value={wanted}
          onChange={({ currentTarget }) => setWanted(currentTarget.value)}
        />
      )}
      <dl className="divide-y divide-line rounded-md border border-line text-xs">
        {shown.map(([key, value]) => (
          <div key={key} className="grid gap-x-3 px-2 py-1 sm:grid-cols-[minmax(0,2fr)_minmax(0,3fr)]">
            <dt className="font-mono break-all text-muted">{plainText(key)}</dt>
            <dd className="font-mono break-words whitespace-pre-wrap">{plainText(cut(toText(value)))}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function toText(value: Attributes[string]): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function cut(text: string): string {
  return text.length > MOST ? `${text.slice(0, MOST)} … ${text.length - MOST} more characters` : text;
}
