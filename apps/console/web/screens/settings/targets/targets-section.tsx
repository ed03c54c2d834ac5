import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { api, path } from "../../../api/client.ts";
import { targetsQuery } from "../../../api/targets.ts";
import type { Target } from "../../../api/targets.ts";
import { Button } from "../../../ui/button.tsx";
import { ConfirmDialog } from "../../../ui/confirm-dialog.tsx";
import { Panel } from "../../../ui/panel.tsx";
import { Empty, Loaded } from "../../../ui/status.tsx";
import { Table } from "../../../ui/table.tsx";
import { Time } from "../../../ui/time.tsx";
import { CheckDialog } from "./check-dialog.tsx";
import { TargetDialog } from "./target-dialog.tsx";

type Open = { readonly act: "add" } | { readonly act: "edit" | "check" | "remove"; readonly target: Target };

export function TargetsSection() {
  const query = useQuery(targetsQuery);
  const [open, setOpen] = useState<Open | undefined>();
  const close = () => setOpen(undefined);
  return (
    <Panel
      title="Targets"
      flush
      actions={
        <Button small onClick={() => setOpen({ act: "add" })}>
          <Plus size={13} aria-hidden />
          Add target
        </Button>
      }
    >
      <div className="border-b border-line px-4 py-3 text-muted">
        Places beyond this platform that agents are deployed to. Calls still come in here, and are receipted here.
      </div>
      <Loaded query={query} what="the targets">
        {(targets) =>
          targets.length === 0 ? (
            <Empty
              title="No targets yet"
              command="npx a2a targets set production --kind kubernetes --set namespace=agents"
            >
              Without one, agents run on this platform itself.
            </Empty>
          ) : (
            <Table
              caption="Targets, listed"
              rows={targets}
              keyOf={({ name }) => name}
              columns={[
                { head: "Name", cell: ({ name }) => <code className="font-mono text-xs">{name}</code> },
                { head: "Kind", cell: ({ kind }) => kind },
                {
                  head: "Images",
                  wide: true,
                  cell: ({ registry }) => (
                    <span className="break-all">{registry?.repository ?? "no registry yet"}</span>
                  ),
                },
                {
                  head: "Credential",
                  wide: true,
                  cell: ({ hasCredential }) => (hasCredential ? "its own" : "the platform's"),
                },
                { head: "Changed", align: "right", wide: true, cell: ({ updatedAt }) => <Time at={updatedAt} /> },
                { head: "Actions", align: "right", cell: (target) => <Actions target={target} onOpen={setOpen} /> },
              ]}
            />
          )
        }
      </Loaded>
      {open?.act === "add" ? <TargetDialog onClose={close} /> : undefined}
      {open?.act === "edit" ? <TargetDialog target={open.target} onClose={close} /> : undefined}
      {open?.act === "check" ? <CheckDialog name={open.target.name} onClose={close} /> : undefined}
      {open?.act === "remove" ? <RemoveDialog name={open.target.name} onClose={close} /> : undefined}
    </Panel>
  );
}

function Actions({ target, onOpen }: { readonly target: Target; readonly onOpen: (open: Open) => void }) {
  const { name } = target;
  return (
    <span className="inline-flex flex-wrap justify-end gap-1">
      <Button small look="quiet" aria-label={`Check ${name}`} onClick={() => onOpen({ act: "check", target })}>
        Check
      </Button>
      <Button small look="quiet" aria-label={`Edit ${name}`} onClick={() => onOpen({ act: "edit", target })}>
        Edit
      </Button>
      <Button small look="quiet" aria-label={`Remove ${name}`} onClick={() => onOpen({ act: "remove", target })}>
        Remove
      </Button>
    </span>
  );
}

function RemoveDialog({ name, onClose }: { readonly name: string; readonly onClose: () => void }) {
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: async () => await api(path`/v1/targets/${name}`, { method: "DELETE" }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: targetsQuery.queryKey });
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title={`Remove ${name}`}
      action="Remove"
      isBusy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      Nothing can be deployed there afterwards. A target that releases run on cannot be removed.
    </ConfirmDialog>
  );
}
