import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { isTerminal } from "@berth/protocol";
import { api, path } from "../../api/client.ts";
import { Button } from "../../ui/button.tsx";
import { ConfirmDialog } from "../../ui/confirm-dialog.tsx";
import type { TaskRow } from "./task-row.ts";

/** What can be done with the rows that are selected. */
export function BulkBar({ rows, onDone }: { readonly rows: readonly TaskRow[]; readonly onDone: () => void }) {
  const navigate = useNavigate();
  const [isAsking, setAsking] = useState(false);
  const open = rows.filter(({ task }) => !isTerminal(task.status.state));
  const cancel = useMutation({
    mutationFn: async () => {
      const results = await Promise.allSettled(
        open.map(async ({ task }) => await api(path`/v1/tasks/${task.id}/cancel`, { method: "POST" })),
      );
      const failed = results.filter((result) => result.status === "rejected");
      const [first] = failed;
      if (first !== undefined)
        throw new Error(`${failed.length} of ${open.length} could not be canceled: ${String(first.reason)}`);
    },
    onSuccess: () => {
      setAsking(false);
      onDone();
    },
  });
  const [one, two, ...others] = rows;
  const pair =
    one !== undefined && two !== undefined && others.length === 0 ? { one: one.task.id, two: two.task.id } : undefined;
  return (
    <div
      role="group"
      aria-label="Selected tasks"
      className="flex flex-wrap items-center gap-2 rounded-md border border-accent bg-accent-soft px-3 py-1.5 text-sm"
    >
      <span>{rows.length} selected</span>
      <Button small look="danger" disabled={open.length === 0} onClick={() => setAsking(true)}>
        Cancel {open.length}
      </Button>
      <Button
        small
        disabled={pair === undefined}
        title={pair === undefined ? "Two tasks can be compared" : undefined}
        onClick={() => {
          if (pair !== undefined)
            void navigate({ to: "/tasks/$id", params: { id: pair.one }, search: { with: pair.two, tab: "compare" } });
        }}
      >
        Compare
      </Button>
      <Button small look="quiet" onClick={onDone}>
        Select none
      </Button>
      {isAsking ? (
        <ConfirmDialog
          title={`Cancel ${open.length} ${open.length === 1 ? "task" : "tasks"}?`}
          action={`Cancel ${open.length}`}
          isBusy={cancel.isPending}
          error={cancel.error}
          onConfirm={() => cancel.mutate()}
          onClose={() => setAsking(false)}
        >
          Their agents are told to stop. What they did stays done, unless they undo it.
        </ConfirmDialog>
      ) : undefined}
    </div>
  );
}
