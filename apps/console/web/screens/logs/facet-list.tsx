import { useQuery } from "@tanstack/react-query";
import { Ban } from "lucide-react";
import { LOG_LEVELS } from "@berth/telemetry";
import { Button } from "../../ui/button.tsx";
import { plainText } from "../../ui/plain-text.ts";
import { withField } from "../../ui/query-pieces.ts";
import { LevelBadge } from "../../ui/level-badge.tsx";
import { FACETS, facetQuery } from "./log-queries.ts";
import type { Facet } from "./log-queries.ts";
import { chosenValues, excludeValue, toggleValue } from "./model/facet-terms.ts";

const LABELS: Readonly<Record<Facet, string>> = {
  level: "Level",
  agent: "Agent",
  source: "Source",
  instance: "Instance",
};

export interface FacetListProps {
  readonly query: string;
  /** `since:…` for what the histogram is of, when the query does not say. */
  readonly since: string;
  readonly onQuery: (query: string) => void;
}

/** What there is to choose from, with how often. */
export function FacetList({ query, since, onQuery }: FacetListProps) {
  return (
    <div className="flex flex-col gap-4">
      {FACETS.map((field) => (
        <FacetGroup key={field} field={field} query={query} since={since} onQuery={onQuery} />
      ))}
    </div>
  );
}

function FacetGroup({ field, query, since, onQuery }: FacetListProps & { readonly field: Facet }) {
  // The other values of the field stay to be chosen.
  const others = withField(query, field, undefined);
  const { data } = useQuery(facetQuery(since === "" ? others : `${others} ${since}`.trim(), field));
  const chosen = chosenValues(query, field);
  const values = data?.values ?? [];
  const missing = chosen
    .filter((value) => !values.some((each) => each.value === value))
    .map((value) => ({ value, count: 0 }));
  const shown = [...values, ...missing].filter(({ value }) => value !== "");
  if (shown.length === 0) return undefined;
  return (
    <fieldset className="min-w-0">
      <legend className="mb-1 text-xs font-semibold text-muted">{LABELS[field]}</legend>
      <ul>
        {shown.map(({ value, count }) => (
          <li key={value} className="group flex items-center gap-1 rounded hover:bg-sunken">
            <label className="flex min-h-6 min-w-0 flex-1 items-center gap-2 pl-1 text-xs">
              <input
                type="checkbox"
                className="size-3.5 shrink-0 accent-(--accent)"
                checked={chosen.includes(value)}
                onChange={() => onQuery(toggleValue(query, field, value))}
              />
              {isLevel(field, value) ? (
                <LevelBadge level={value} />
              ) : (
                <span className="min-w-0 truncate">{plainText(value)}</span>
              )}
              <span className="ml-auto shrink-0 text-muted tabular-nums">{count.toLocaleString("en")}</span>
            </label>
            <Button
              look="quiet"
              small
              aria-label={`Without ${value}`}
              title={`Without ${value}`}
              className="px-1 text-muted"
              onClick={() => onQuery(excludeValue(query, field, value))}
            >
              <Ban size={12} aria-hidden />
            </Button>
          </li>
        ))}
      </ul>
    </fieldset>
  );
}

function isLevel(field: Facet, value: string): value is (typeof LOG_LEVELS)[number] {
  return field === "level" && LOG_LEVELS.some((level) => level === value);
}
