import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { FormEvent } from "react";
import { api, path } from "../../api/client.ts";
import { formText } from "../../ui/form-text.ts";
import { Button } from "../../ui/button.tsx";
import { TextField } from "../../ui/field.tsx";
import { Panel } from "../../ui/panel.tsx";
import { plainText } from "../../ui/plain-text.ts";
import { Empty, Failure, Loaded } from "../../ui/status.tsx";
import { Table } from "../../ui/table.tsx";
import { Time, formatBytes } from "../../ui/time.tsx";

interface Policy {
  readonly id: string;
  readonly agent?: string;
  readonly read: readonly string[];
  readonly maxFiles: number;
  readonly maxBytes: number;
  readonly extent: "once" | "task";
  readonly createdAt: string;
  readonly createdBy: string;
}

/** Rules that answer a request without a person. */
export function RulesPanel({ mayManage }: { readonly mayManage: boolean }) {
  const queries = useQueryClient();
  const policies = useQuery({
    queryKey: ["approval-policies"],
    queryFn: async ({ signal }) => await api<{ policies: Policy[] }>("/v1/approval-policies", { signal }),
  });
  const changed = async () => await queries.invalidateQueries({ queryKey: ["approval-policies"] });
  const adding = useMutation({
    mutationFn: async (body: object) => await api("/v1/approval-policies", { method: "POST", body }),
    onSuccess: changed,
  });
  const removing = useMutation({
    mutationFn: async (id: string) => await api(path`/v1/approval-policies/${id}`, { method: "DELETE" }),
    onSuccess: changed,
  });
  return (
    <Panel title="Rules" flush>
      <p className="px-4 pt-3 text-xs text-muted">
        A rule answers a request at once when every glob of it lies within the rule’s and what they match is few and
        small enough. It never gives a place to write.
      </p>
      <Loaded query={policies} what="the rules">
        {({ policies: rules }) =>
          rules.length === 0 ? (
            <Empty
              title="No rules: a person decides everything"
              command="npx a2a approvals allow 'public/**' --files 100"
            />
          ) : (
            <Table
              caption="Rules, with what they allow"
              rows={rules}
              keyOf={({ id }) => id}
              columns={[
                {
                  head: "May read",
                  cell: ({ read }) => (
                    <code className="font-mono text-xs break-all">{read.map(plainText).join(", ")}</code>
                  ),
                },
                { head: "Agent", cell: ({ agent }) => agent ?? "every agent" },
                { head: "Files", align: "right", cell: ({ maxFiles }) => `≤ ${maxFiles.toLocaleString("en")}` },
                { head: "Bytes", align: "right", cell: ({ maxBytes }) => `≤ ${formatBytes(maxBytes)}` },
                { head: "For", wide: true, cell: ({ extent }) => (extent === "once" ? "once" : "the task") },
                { head: "Made", wide: true, cell: ({ createdAt }) => <Time at={createdAt} /> },
                {
                  head: "Actions",
                  cell: ({ id, read }) =>
                    mayManage ? (
                      <Button
                        small
                        look="danger"
                        disabled={removing.isPending}
                        aria-label={`Remove the rule for ${read.join(", ")}`}
                        onClick={() => removing.mutate(id)}
                      >
                        Remove
                      </Button>
                    ) : undefined,
                },
              ]}
            />
          )
        }
      </Loaded>
      {removing.error === null ? undefined : <Failure error={removing.error} />}
      {mayManage ? (
        <NewRule onAdd={(body) => adding.mutate(body)} isBusy={adding.isPending} error={adding.error} />
      ) : undefined}
    </Panel>
  );
}

function NewRule({
  onAdd,
  isBusy,
  error,
}: {
  readonly onAdd: (body: object) => void;
  readonly isBusy: boolean;
  readonly error: unknown;
}) {
  const [isOpen, setOpen] = useState(false);
  function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string): string => formText(form, name);
    onAdd({
      read: text("read")
        .split(/[\s,]+/)
        .filter((glob) => glob !== ""),
      ...(text("agent") === "" ? {} : { agent: text("agent") }),
      maxFiles: Number(text("files")),
      maxBytes: Number(text("megabytes")) * 1_048_576,
    });
  }
  if (!isOpen) {
    return (
      <div className="p-3">
        <Button small onClick={() => setOpen(true)}>
          New rule …
        </Button>
      </div>
    );
  }
  return (
    <form
      onSubmit={onSubmit}
      className="grid gap-3 border-t border-line p-4 sm:grid-cols-2 lg:grid-cols-[2fr_1fr_1fr_1fr_auto] lg:items-end"
    >
      <TextField
        label="May read (globs)"
        name="read"
        required
        placeholder="public/**"
        className="font-mono"
        autoFocus
      />
      <TextField label="Agent (empty: every)" name="agent" />
      <TextField label="Files at most" name="files" type="number" min={1} defaultValue={100} />
      <TextField label="MiB at most" name="megabytes" type="number" min={1} defaultValue={100} />
      <Button type="submit" look="primary" disabled={isBusy}>
        Add
      </Button>
      {error === null ? undefined : <Failure error={error} />}
    </form>
  );
}
