import { diffCards } from "@berth/protocol";
import { useQuery } from "@tanstack/react-query";
import { ArrowLeftRight } from "lucide-react";
import { Button } from "../../ui/button.tsx";
import { SelectField } from "../../ui/field.tsx";
import { Panel } from "../../ui/panel.tsx";
import { useSearchState } from "../../ui/search-state.ts";
import { Loaded } from "../../ui/status.tsx";
import { releaseCardQuery } from "./agent-queries.ts";
import type { Release } from "./agent-queries.ts";
import { CardChanges } from "./card-changes.tsx";
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
            {(second) => <CardChanges changes={diffCards(first, second)} />}
          </Loaded>
        )}
      </Loaded>
    </Panel>
  );
}
