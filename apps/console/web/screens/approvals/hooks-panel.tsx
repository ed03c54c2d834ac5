import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { api, path } from "../../api/client.ts";
import { Button } from "../../ui/button.tsx";
import { TextField } from "../../ui/field.tsx";
import { formText } from "../../ui/form-text.ts";
import { Panel } from "../../ui/panel.tsx";
import { plainText } from "../../ui/plain-text.ts";
import { Empty, Failure, Loaded } from "../../ui/status.tsx";
import { Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";

interface Hook {
  readonly id: string;
  readonly url: string;
  readonly createdAt: string;
}

/** Addresses that hear of every request that waits. */
export function HooksPanel() {
  const queries = useQueryClient();
  const hooks = useQuery({
    queryKey: ["approval-hooks"],
    queryFn: async ({ signal }) => await api<{ hooks: Hook[] }>("/v1/approval-hooks", { signal }),
  });
  const changed = async () => await queries.invalidateQueries({ queryKey: ["approval-hooks"] });
  const adding = useMutation({
    mutationFn: async (url: string) => await api("/v1/approval-hooks", { method: "POST", body: { url } }),
    onSuccess: changed,
  });
  const removing = useMutation({
    mutationFn: async (id: string) => await api(path`/v1/approval-hooks/${id}`, { method: "DELETE" }),
    onSuccess: changed,
  });
  function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    adding.mutate(formText(new FormData(event.currentTarget), "url"));
  }
  return (
    <Panel title="Addresses that are told" flush>
      <Loaded query={hooks} what="the addresses">
        {({ hooks: listed }) =>
          listed.length === 0 ? (
            <Empty title="Nobody is told">
              Each request is posted to these addresses, signed, so that a chat or a pager can say it.
            </Empty>
          ) : (
            <Table
              caption="Addresses"
              rows={listed}
              keyOf={({ id }) => id}
              columns={[
                {
                  head: "Address",
                  cell: ({ url }) => <code className="font-mono text-xs break-all">{plainText(url)}</code>,
                },
                { head: "Made", cell: ({ createdAt }) => <Time at={createdAt} /> },
                {
                  head: "Actions",
                  cell: ({ id, url }) => (
                    <Button
                      small
                      look="danger"
                      aria-label={`Remove ${url}`}
                      disabled={removing.isPending}
                      onClick={() => removing.mutate(id)}
                    >
                      Remove
                    </Button>
                  ),
                },
              ]}
            />
          )
        }
      </Loaded>
      <form onSubmit={onSubmit} className="flex flex-wrap items-end gap-3 p-4">
        <div className="min-w-0 flex-1 basis-60">
          <TextField label="Address" name="url" type="url" required placeholder="https://hooks.example.org/approvals" />
        </div>
        <Button type="submit" disabled={adding.isPending}>
          Add
        </Button>
      </form>
      {adding.error === null ? undefined : <Failure error={adding.error} />}
      {removing.error === null ? undefined : <Failure error={removing.error} />}
    </Panel>
  );
}
