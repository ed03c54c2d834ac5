import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { LayoutGrid, List, Plus } from "lucide-react";
import { useState } from "react";
import { Button } from "../../ui/button.tsx";
import { SelectField, TextField } from "../../ui/field.tsx";
import { LinkButton } from "../../ui/link-button.tsx";
import { Page } from "../../ui/page.tsx";
import { shellWord } from "../../ui/shell-word.ts";
import { useSearchState } from "../../ui/search-state.ts";
import { Empty, Loaded } from "../../ui/status.tsx";
import { useListKeys } from "../../ui/use-list-keys.ts";
import { AgentGrid } from "./agent-grid.tsx";
import { agentPages } from "./agent-queries.ts";
import { AgentTable } from "./agent-table.tsx";
import { KINDS, STATES, ofState, tagsOf } from "./filter-agents.ts";
import { ImportAgentDialog } from "./import-agent-dialog.tsx";

export function AgentsScreen() {
  const [{ q, kind, tag, state, view }, setSearch] = useSearchState();
  const query = useInfiniteQuery(agentPages({ q, kind, tag }));
  const [isImporting, setIsImporting] = useState(false);
  useListKeys();
  const all = query.data?.pages.flatMap(({ agents }) => agents) ?? [];
  const shown = ofState(all, state);
  const isFiltered = [q, kind, tag, state].some((each) => each !== undefined);
  const tags = tag === undefined || tagsOf(all).includes(tag) ? tagsOf(all) : [tag, ...tagsOf(all)];
  return (
    <Page
      title="Agents"
      cli={cliOf(q, tag)}
      aside={query.data === undefined ? undefined : <Count n={shown.length} more={query.hasNextPage} />}
      actions={
        <>
          <Button onClick={() => setIsImporting(true)}>Import remote agent</Button>
          <LinkButton look="primary" to="/deployments/new">
            <Plus size={15} aria-hidden />
            Deploy
          </LinkButton>
        </>
      }
    >
      <div role="search" aria-label="Agents" className="flex flex-wrap items-end gap-2">
        <div className="min-w-44 flex-1 sm:max-w-xs">
          <TextField
            label="Search agents"
            hiddenLabel
            type="search"
            placeholder="Search by name, skill or text"
            data-search
            value={q ?? ""}
            onChange={(event) => setSearch({ q: event.currentTarget.value })}
          />
        </div>
        <Filter label="Kind" value={kind} options={KINDS} onChange={(value) => setSearch({ kind: value })} />
        <Filter label="Tag" value={tag} options={tags} onChange={(value) => setSearch({ tag: value })} />
        <Filter label="State" value={state} options={STATES} onChange={(value) => setSearch({ state: value })} />
        <div role="group" aria-label="Layout" className="ml-auto flex rounded-md border border-line-strong p-0.5">
          <Layout
            label="Grid"
            icon={LayoutGrid}
            isOn={view !== "list"}
            onSelect={() => setSearch({ view: undefined })}
          />
          <Layout label="List" icon={List} isOn={view === "list"} onSelect={() => setSearch({ view: "list" })} />
        </div>
      </div>
      <Loaded query={query} what="the agents">
        {() =>
          shown.length === 0 ? (
            <Nothing
              isFiltered={isFiltered}
              onClear={() => setSearch({ q: undefined, kind: undefined, tag: undefined, state: undefined })}
            />
          ) : view === "list" ? (
            <AgentTable agents={shown} />
          ) : (
            <AgentGrid agents={shown} />
          )
        }
      </Loaded>
      {query.hasNextPage ? (
        <Button className="self-center" disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          Show more
        </Button>
      ) : undefined}
      {isImporting ? <ImportAgentDialog onClose={() => setIsImporting(false)} /> : undefined}
    </Page>
  );
}

function cliOf(q: string | undefined, tag: string | undefined): string {
  const flags = [
    ...(q === undefined ? [] : [`--query=${shellWord(q)}`]),
    ...(tag === undefined ? [] : [`--tag=${shellWord(tag)}`]),
  ];
  return ["npx a2a agents list", ...flags].join(" ");
}

function Count({ n, more }: { readonly n: number; readonly more: boolean }) {
  return (
    <span className="text-muted tabular-nums" role="status">
      {more ? `${n} and more` : n}
    </span>
  );
}

function Nothing({ isFiltered, onClear }: { readonly isFiltered: boolean; readonly onClear: () => void }) {
  if (isFiltered) {
    return (
      <Empty title="No agent fits this search">
        <Button onClick={onClear}>Show all agents</Button>
      </Empty>
    );
  }
  return (
    <Empty title="No agents yet" command="npx a2a deploy examples/echo">
      An agent appears here when it is deployed, imported by the address of its card, or attached from a laptop.{" "}
      <Link to="/deployments/new">Deploy a folder from this browser</Link>.
    </Empty>
  );
}

interface FilterProps {
  readonly label: string;
  readonly value: string | undefined;
  readonly options: readonly string[];
  readonly onChange: (value: string) => void;
}

function Filter({ label, value, options, onChange }: FilterProps) {
  return (
    <div className="w-32">
      <SelectField
        label={label}
        hiddenLabel
        value={value ?? ""}
        onChange={(event) => onChange(event.currentTarget.value)}
      >
        <option value="">Any {label.toLowerCase()}</option>
        {options.map((option) => (
          <option key={option} value={option}>
            {option}
          </option>
        ))}
      </SelectField>
    </div>
  );
}

interface LayoutProps {
  readonly label: string;
  readonly icon: typeof List;
  readonly isOn: boolean;
  readonly onSelect: () => void;
}

function Layout({ label, icon: Icon, isOn, onSelect }: LayoutProps) {
  return (
    <Button
      look="quiet"
      small
      aria-label={label}
      aria-pressed={isOn}
      className="aria-pressed:bg-accent-soft"
      onClick={onSelect}
    >
      <Icon size={15} aria-hidden />
    </Button>
  );
}
