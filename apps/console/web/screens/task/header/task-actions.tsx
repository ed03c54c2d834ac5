import { useMutation } from "@tanstack/react-query";
import { GitFork, Square } from "lucide-react";
import { useState } from "react";
import { api, path } from "../../../api/client.ts";
import { Button } from "../../../ui/button.tsx";
import { ConfirmDialog } from "../../../ui/confirm-dialog.tsx";

export interface TaskActionsProps {
  readonly taskId: string;
  readonly isOver: boolean;
  readonly onFork: (() => void) | undefined;
}

export function TaskActions({ taskId, isOver, onFork }: TaskActionsProps) {
  const [isAsking, setAsking] = useState(false);
  const cancel = useMutation({
    mutationFn: async () => await api(path`/v1/tasks/${taskId}/cancel`, { method: "POST" }),
    onSuccess: () => setAsking(false),
  });
  return (
    <>
      {onFork === undefined ? undefined : (
        <Button onClick={onFork}>
          <GitFork size={15} aria-hidden />
          Fork
        </Button>
      )}
      {isOver ? undefined : (
        <Button look="danger" onClick={() => setAsking(true)}>
          <Square size={13} aria-hidden />
          Cancel
        </Button>
      )}
      {isAsking ? (
        <ConfirmDialog
          title="Cancel this task?"
          action="Cancel the task"
          isBusy={cancel.isPending}
          error={cancel.error}
          onConfirm={() => cancel.mutate()}
          onClose={() => setAsking(false)}
        >
          The agent is told to stop, and the task ends as canceled. What it did stays done, unless the agent undoes it.
        </ConfirmDialog>
      ) : undefined}
    </>
  );
}
