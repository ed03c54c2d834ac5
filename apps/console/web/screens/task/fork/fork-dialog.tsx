import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../../../ui/button.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { TextArea } from "../../../ui/field.tsx";
import { SchemaForm } from "../../../ui/schema-form/schema-form.tsx";
import { Failure } from "../../../ui/status.tsx";
import { forkRequest } from "../model/send.ts";
import type { ForkEdit, ForkSeed } from "../model/send.ts";
import { newMessageId, sendMessage } from "../send-message.ts";
import { useAgent } from "../task-queries.ts";

export interface ForkDialogProps {
  readonly seed: ForkSeed;
  readonly onClose: () => void;
  readonly onForked: (taskId: string) => void;
}

/** The message as it was, to be changed and sent as a new task. */
export function ForkDialog({ seed, onClose, onForked }: ForkDialogProps) {
  const agent = useAgent(seed.agent);
  const schema = agent?.skills.find(({ id }) => id === seed.skill)?.inputSchema;
  const [isSameContext, setSameContext] = useState(false);
  const [text, setText] = useState(seed.text);
  const send = useMutation({
    mutationFn: async (edit: Omit<ForkEdit, "isSameContext">) =>
      await sendMessage(seed.agent, forkRequest(seed, { ...edit, isSameContext }, newMessageId())),
    onSuccess: onForked,
  });
  return (
    <Dialog title={`Fork from event ${seed.seq}`} onClose={onClose} place="side">
      <div className="flex flex-col gap-4">
        <p className="text-sm text-muted">
          This runs {seed.agent} again, for real, as a new task with your message. The old task stays as it is, and both
          are shown side by side.
        </p>
        <fieldset className="flex flex-col gap-1 text-sm">
          <legend className="mb-1 text-xs font-medium">Context</legend>
          <label className="flex min-h-6 items-center gap-2">
            <input type="radio" name="context" checked={!isSameContext} onChange={() => setSameContext(false)} />A new
            conversation
          </label>
          <label className="flex min-h-6 items-center gap-2">
            <input type="radio" name="context" checked={isSameContext} onChange={() => setSameContext(true)} />
            The same conversation: the agent may remember what was said
          </label>
        </fieldset>
        {send.error === null ? undefined : <Failure error={send.error} />}
        {seed.input === undefined ? (
          <form
            className="flex flex-col items-start gap-3"
            onSubmit={(event) => {
              event.preventDefault();
              send.mutate({ text });
            }}
          >
            <div className="w-full">
              <TextArea
                label="Message"
                rows={8}
                value={text}
                onChange={({ currentTarget }) => setText(currentTarget.value)}
              />
            </div>
            <Button type="submit" look="primary" disabled={send.isPending || text.trim() === ""}>
              Fork
            </Button>
          </form>
        ) : (
          <SchemaForm
            key={schema === undefined ? "json" : "form"}
            {...(schema === undefined ? {} : { schema })}
            label={`Input of ${seed.skill ?? seed.agent}`}
            initial={seed.input}
            submitLabel="Fork"
            isBusy={send.isPending}
            onSubmit={(input) => send.mutate({ input })}
          />
        )}
      </div>
    </Dialog>
  );
}
