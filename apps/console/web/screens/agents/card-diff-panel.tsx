import { useQuery } from "@tanstack/react-query";
import { ArrowLeftRight, CircleAlert, Minus, Pencil, Plus } from "lucide-react";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { SelectField } from "../../ui/field.tsx";
import { Panel } from "../../ui/panel.tsx";
import { useSearchState } from "../../ui/search-state.ts";
import { Loaded } from "../../ui/status.tsx";
import { releaseCardQuery } from "./agent-queries.ts";
import type { Release } from "./agent-queries.ts";
import { diffCards } from "./diff-cards.ts";
import type { CardChange } from "./diff-cards.ts";
import { shortRelease } from "./short-release.ts";

/** What callers notice between two releases, told from their cards. */
export function CardDiffPanel({ name, releases }: { readonly name: string; readonly releases: readonly Release[] }) {
  const [search, setSearch] = useSearchState();
  const known = (release: string | undefined) => releases.find((each) => each.release === release)?.release;
  const active = releases.find((each) => each.active)?.release ?? "";
  const to = known(search["to"]) ?? releases.find(({ release }) => release !== active)?.release ?? "";
  const from = known(search["from"]) ?? active;
  const before = useQuery(releaseCardQuery(name, from));
  const after = useQuery(releaseCardQuery(name, to));
  const options = releases.map(({ release, version, state }) => (
    <option key={release} value={release}>
      v{version} {shortRelease(release)} ({state.replaceAll("_", " ")})
    </option>
  ));
  return (
    <Panel title="What changes for callers">
      <div className="mb-4 flex flex-wrap items-end gap-2">
        <div className="w-64 max-w-full">
          <SelectField label="From" value={from} onChange={(event) => setSearch({ from: event.currentTarget.value })}>
            {options}
          </SelectField>
        </div>
        <Button look="quiet" aria-label="Swap the two" onClick={() => setSearch({ from: to, to: from })}>
          <ArrowLeftRight size={15} aria-hidden />
        </Button>
        <div className="w-64 max-w-full">
          <SelectField label="To" value={to} onChange={(event) => setSearch({ to: event.currentTarget.value })}>
            {options}
          </SelectField>
        </div>
      </div>
      <Loaded query={before} what="the first card">
        {(first) => (
          <Loaded query={after} what="the second card">
            {(second) => <Changes changes={diffCards(first, second)} />}
          </Loaded>
        )}
      </Loaded>
    </Panel>
  );
}

function Changes({ changes }: { readonly changes: readonly CardChange[] }) {
  const breaking = changes.filter(({ breaks }) => breaks !== undefined).length;
  if (changes.length === 0) return <p className="text-muted">Nothing: both cards say the same.</p>;
  return (
    <>
      <p className="mb-3 flex items-center gap-2">
        {breaking === 0 ? (
          <Badge tone="good">no breaking change</Badge>
        ) : (
          <Badge tone="bad">
            <CircleAlert size={12} aria-hidden />
            {breaking} breaking
          </Badge>
        )}
        <span className="text-muted">{changes.length} in all</span>
      </p>
      <ul className="flex flex-col divide-y divide-line">
        {changes.map((change) => (
          <li key={`${change.kind} ${change.what}`} className="flex items-start gap-3 py-2">
            <Kind kind={change.kind} />
            <div className="min-w-0 flex-1">
              <p className="break-words">
                <span className="sr-only">{change.kind} </span>
                {change.what}
              </p>
              {change.from === undefined && change.to === undefined ? undefined : (
                <p className="text-xs break-words text-muted">
                  <del>{change.from}</del> → <ins className="no-underline">{change.to}</ins>
                </p>
              )}
              {change.breaks === undefined ? undefined : (
                <p className="text-xs font-medium text-bad">{change.breaks}</p>
              )}
            </div>
            {change.breaks === undefined ? undefined : <Badge tone="bad">breaking</Badge>}
          </li>
        ))}
      </ul>
    </>
  );
}

const KINDS = { added: Plus, removed: Minus, changed: Pencil };

function Kind({ kind }: Pick<CardChange, "kind">) {
  const Icon = KINDS[kind];
  return <Icon size={15} aria-hidden className="mt-0.5 shrink-0 text-muted" />;
}
