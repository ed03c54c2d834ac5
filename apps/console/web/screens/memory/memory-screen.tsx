import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Search } from "lucide-react";
import type { FormEvent } from "react";
import { api } from "../../api/client.ts";
import { may, whoAmI } from "../../api/session.ts";
import type { Agent } from "../../api/types.ts";
import { Button } from "../../ui/button.tsx";
import { SelectField, TextField } from "../../ui/field.tsx";
import { formText } from "../../ui/form-text.ts";
import { Page } from "../../ui/page.tsx";
import { Panel } from "../../ui/panel.tsx";
import { useSearchState } from "../../ui/search-state.ts";
import { shellWord } from "../../ui/shell-word.ts";
import { Empty, Loaded } from "../../ui/status.tsx";
import { useListKeys } from "../../ui/use-list-keys.ts";
import { AddMemory } from "./add-memory.tsx";
import { MODES, itemsQuery, searchQuery, shareOf, spacesQuery } from "./memory.ts";
import type { Mode, Space } from "./memory.ts";
import { MemoryCard } from "./memory-card.tsx";
import { SpaceList } from "./space-list.tsx";

/** What agents remember from one run to the next: for whom, what, and which run said so. */
export function MemoryScreen() {
  const [search, setSearch] = useSearchState();
  const who = useQuery(whoAmI).data;
  const agents = useQuery({
    queryKey: ["agents", "memory"],
    queryFn: async ({ signal }) => await api<{ agents: Agent[] }>("/v1/agents?pageSize=100", { signal }),
  });
  useListKeys();
  const agent = search["agent"] ?? agents.data?.agents[0]?.name ?? "";
  const space: Space = { agent, scope: search["scope"] === "agent" ? "agent" : "user", owner: search["owner"] };
  const query = search["q"] ?? "";
  const mode = MODES.find((known) => known === search["mode"]) ?? "hybrid";
  const isOwn = space.scope === "user" && space.owner === undefined;
  const mayWrite = who !== undefined && may(who, ...(isOwn ? ["invoke", "operate"] : ["operate"]));
  return (
    <Page
      title="Memory"
      actions={mayWrite && agent !== "" ? <AddMemory space={space} /> : undefined}
      cli={cliOf(space, query)}
    >
      <Loaded query={agents} what="agents">
        {({ agents: listed }) =>
          listed.length === 0 ? (
            <Panel>
              <Empty
                title="There is no agent that could remember anything"
                command="npx a2a deploy examples/docs-rag"
              />
            </Panel>
          ) : (
            <div className="grid min-w-0 items-start gap-4 lg:grid-cols-[16rem_minmax(0,1fr)]">
              <div className="flex min-w-0 flex-col gap-3">
                <SelectField
                  label="Agent"
                  value={agent}
                  onChange={(event) => setSearch({ ...NOWHERE, agent: event.target.value }, { push: true })}
                >
                  {listed.map(({ name }) => (
                    <option key={name}>{name}</option>
                  ))}
                </SelectField>
                <Spaces space={space} ownId={who?.id ?? ""} />
              </div>
              <Panel title={query === "" ? "Remembered, newest first" : "Found, best first"} flush>
                <SearchForm key={`${agent} ${query} ${mode}`} query={query} mode={mode} />
                {query === "" ? (
                  <Items space={space} mayDelete={mayWrite} />
                ) : (
                  <Hits space={space} query={query} mode={mode} mayDelete={mayWrite} />
                )}
              </Panel>
            </div>
          )
        }
      </Loaded>
    </Page>
  );
}

const NOWHERE = { agent: undefined, scope: undefined, owner: undefined, q: undefined };

function cliOf({ agent, scope, owner }: Space, query: string): string {
  const whose = scope === "agent" ? " --everybody" : owner === undefined ? "" : ` --owner ${shellWord(owner)}`;
  const name = agent === "" ? "AGENT" : shellWord(agent);
  return query === ""
    ? `npx a2a memory list ${name}${whose}`
    : `npx a2a memory search ${name}${whose} -- ${shellWord(query)}`;
}

function Spaces({ space, ownId }: { readonly space: Space; readonly ownId: string }) {
  const [, setSearch] = useSearchState();
  const spaces = useQuery(spacesQuery(space.agent));
  return (
    <Panel title="For whom" flush>
      <Loaded query={spaces} what="spaces">
        {({ spaces: listed }) =>
          listed.length === 0 ? (
            <p className="p-3 text-xs text-muted">It remembers nothing for anybody yet.</p>
          ) : (
            <SpaceList
              spaces={listed}
              ownId={ownId}
              scope={space.scope}
              owner={space.owner}
              onSelect={({ scope, owner }) =>
                setSearch({ scope: scope === "user" ? undefined : scope, owner }, { push: true })
              }
            />
          )
        }
      </Loaded>
    </Panel>
  );
}

function SearchForm({ query, mode }: { readonly query: string; readonly mode: Mode }) {
  const [, setSearch] = useSearchState();
  function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setSearch({ q: formText(form, "q"), mode: formText(form, "mode") });
  }
  return (
    <form
      role="search"
      aria-label="Memory"
      onSubmit={onSubmit}
      className="flex flex-wrap items-end gap-2 border-b border-line p-3"
    >
      <div className="min-w-0 flex-1 basis-60">
        <TextField
          label="What is it about"
          name="q"
          defaultValue={query}
          placeholder="who pays for refunds"
          data-search
        />
      </div>
      <SelectField label="Search by" name="mode" defaultValue={mode}>
        <option value="hybrid">meaning and words</option>
        <option value="vector">meaning</option>
        <option value="text">words</option>
      </SelectField>
      <Button type="submit">
        <Search size={15} aria-hidden />
        Search
      </Button>
      {query === "" ? undefined : (
        <Button look="quiet" onClick={() => setSearch({ q: undefined })}>
          Clear
        </Button>
      )}
    </form>
  );
}

function Items({ space, mayDelete }: { readonly space: Space; readonly mayDelete: boolean }) {
  const query = useInfiniteQuery(itemsQuery(space));
  return (
    <Loaded query={query} what="what is remembered">
      {({ pages }) => {
        const items = pages.flatMap((page) => page.items);
        if (items.length === 0) {
          return (
            <Empty
              title="Nothing is remembered here"
              command={`npx a2a memory save ${shellWord(space.agent)} "Refunds go to the card they came from."`}
            >
              An agent saves with <code className="font-mono text-xs">ctx.memory.save</code>, and finds it again in
              later runs.
            </Empty>
          );
        }
        return (
          <>
            <div className="divide-y divide-line">
              {items.map((item) => (
                <MemoryCard key={item.id} item={item} space={space} mayDelete={mayDelete} />
              ))}
            </div>
            {query.hasNextPage ? (
              <div className="p-3 text-center">
                <Button small disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                  Older ones
                </Button>
              </div>
            ) : undefined}
          </>
        );
      }}
    </Loaded>
  );
}

interface HitsProps {
  readonly space: Space;
  readonly query: string;
  readonly mode: Mode;
  readonly mayDelete: boolean;
}

function Hits({ space, query, mode, mayDelete }: HitsProps) {
  const found = useQuery(searchQuery(space, query, mode));
  return (
    <Loaded query={found} what="passages">
      {({ hits, model }) => {
        if (hits.length === 0) return <Empty title="Nothing like it is remembered here" />;
        const best = Math.max(...hits.map(({ score }) => score));
        return (
          <>
            <p className="px-4 pt-3 text-xs text-muted">
              {hits.length} {hits.length === 1 ? "passage" : "passages"}
              {model === undefined ? "" : `, vectors by ${model}`}. The bar is against the best; scores of different
              searches cannot be compared.
            </p>
            <div className="divide-y divide-line">
              {hits.map((hit) => (
                <MemoryCard
                  key={`${hit.id} ${hit.from}`}
                  item={hit}
                  space={space}
                  mayDelete={mayDelete}
                  share={shareOf(hit.score, best)}
                />
              ))}
            </div>
          </>
        );
      }}
    </Loaded>
  );
}
