import { useState } from "react";
import type { ReactNode } from "react";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";
import { TextField } from "./field.tsx";
import { Failure } from "./status.tsx";

export interface ConfirmDialogProps {
  readonly title: string;
  /** Has to be typed, for what cannot be undone. Absent: a press is enough. */
  readonly word?: string;
  /** "Remove the agent" */
  readonly action: string;
  readonly isBusy: boolean;
  readonly error: unknown;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
  /** What follows from it. */
  readonly children: ReactNode;
}

export function ConfirmDialog({
  title,
  word,
  action,
  isBusy,
  error,
  onConfirm,
  onClose,
  children,
}: ConfirmDialogProps) {
  const [typed, setTyped] = useState("");
  const isSure = word === undefined || typed.trim() === word;
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (isSure) onConfirm();
        }}
      >
        <div>{children}</div>
        {word === undefined ? undefined : (
          <TextField
            label={`Type ${word} to go on`}
            autoFocus
            autoComplete="off"
            spellCheck={false}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
        )}
        {error === null || error === undefined ? undefined : <Failure error={error} />}
        <div className="flex gap-2">
          <Button type="submit" look="danger" disabled={!isSure || isBusy}>
            {action}
          </Button>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
