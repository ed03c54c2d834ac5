import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { FormEvent } from "react";
import { Button } from "../../ui/button.tsx";
import { SelectField, TextField } from "../../ui/field.tsx";
import { formText } from "../../ui/form-text.ts";
import { Panel } from "../../ui/panel.tsx";
import { plainText } from "../../ui/plain-text.ts";
import { useSearchState } from "../../ui/search-state.ts";
import { StateBadge } from "../../ui/state-badge.tsx";
import { Empty, Loaded } from "../../ui/status.tsx";
import { Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { useListKeys } from "../../ui/use-list-keys.ts";
import { AuditDialog } from "./audit-dialog.tsx";
import { auditQuery } from "./receipt.ts";
import type { AuditEntry, AuditFilter } from "./receipt.ts";

const FILTERS = ["actor", "action", "resource", "outcome", "from", "to"] as const;

/** Every administrative and security act, newest first. */
export function AuditTab() {
  const [search] = useSearchState();
  const filter: AuditFilter = Object.fromEntries(
    FILTERS.flatMap((name) => (search[name] === undefined ? [] : [[name, search[name]]])),
  );
  const query = useInfiniteQuery(auditQuery(filter));
  const [opened, setOpened] = useState<AuditEntry>();
  useListKeys();
  return (
    <div className="flex flex-col gap-3">
      <Filters />
      <Panel title="Acts" flush>
        <Loaded query={query} what="the audit log">
          {({ pages }) => {
            const entries = pages.flatMap((page) => page.entries);
            if (entries.length === 0) return <Empty title="No such acts" command="npx a2a audit --action key." />;
            return (
              <>
                <Table
                  caption="Acts, newest first"
                  rows={entries}
                  keyOf={({ auditId }) => auditId}
                  columns={[
                    { head: "When", cell: ({ at }) => <Time at={at} /> },
                    {
                      head: "Act",
                      cell: (entry) => (
                        <button
                          type="button"
                          data-row
                          onClick={() => setOpened(entry)}
                          className="min-h-6 text-left font-mono text-xs text-accent-text hover:underline"
                        >
                          {plainText(entry.action)}
                        </button>
                      ),
                    },
                    { head: "Ended", cell: ({ outcome }) => <StateBadge state={outcome} /> },
                    { head: "Who", cell: ({ actor }) => <code className="font-mono text-xs">{plainText(actor)}</code> },
                    {
                      head: "What it was done to",
                      cell: ({ resource }) => (
                        <code className="font-mono text-xs break-all">{plainText(resource)}</code>
                      ),
                    },
                    { head: "Door", wide: true, cell: ({ from }) => from?.door ?? "the platform" },
                    {
                      head: "Leaf",
                      align: "right",
                      wide: true,
                      cell: ({ leafIndex }) => leafIndex?.toLocaleString("en") ?? "sealing",
                    },
                  ]}
                />
                {query.hasNextPage ? (
                  <div className="p-3 text-center">
                    <Button small disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                      Older acts
                    </Button>
                  </div>
                ) : undefined}
              </>
            );
          }}
        </Loaded>
      </Panel>
      {opened === undefined ? undefined : <AuditDialog entry={opened} onClose={() => setOpened(undefined)} />}
    </div>
  );
}

function Filters() {
  const [search, setSearch] = useSearchState();
  function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const instant = (name: string): string => {
      const text = formText(form, name);
      return text === "" ? "" : new Date(text).toISOString();
    };
    setSearch({
      ...Object.fromEntries(["actor", "action", "resource", "outcome"].map((name) => [name, formText(form, name)])),
      from: instant("from"),
      to: instant("to"),
    });
  }
  return (
    <form
      // A link to other filters fills the fields anew.
      key={FILTERS.map((name) => search[name]).join("\n")}
      onSubmit={onSubmit}
      className="grid grid-cols-2 items-end gap-2 md:grid-cols-4 xl:grid-cols-[repeat(6,minmax(0,1fr))_auto]"
    >
      <TextField
        label="Act"
        name="action"
        placeholder="key. is every act on keys"
        defaultValue={search["action"]}
        data-search
      />
      <TextField label="Who" name="actor" placeholder="usr_… or key_…" defaultValue={search["actor"]} />
      <TextField label="Done to" name="resource" defaultValue={search["resource"]} />
      <SelectField label="Ended" name="outcome" defaultValue={search["outcome"] ?? ""}>
        <option value="">any way</option>
        <option value="ok">ok</option>
        <option value="denied">denied</option>
        <option value="failed">failed</option>
      </SelectField>
      <TextField label="Not before" name="from" type="datetime-local" defaultValue={toLocal(search["from"])} />
      <TextField label="Before" name="to" type="datetime-local" defaultValue={toLocal(search["to"])} />
      <div className="flex gap-2">
        <Button type="submit">Show</Button>
        <Button look="quiet" onClick={() => setSearch(Object.fromEntries(FILTERS.map((name) => [name, undefined])))}>
          Clear
        </Button>
      </div>
    </form>
  );
}

/** What a `datetime-local` field holds: local time without a zone. */
function toLocal(instant: string | undefined): string {
  const date = new Date(instant ?? "");
  if (Number.isNaN(date.getTime())) return "";
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
