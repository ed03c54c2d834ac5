import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import type { AcceptedEvent, Task } from "@berth/protocol";
import { LinkButton } from "../../../ui/link-button.tsx";
import { Button } from "../../../ui/button.tsx";
import { TextArea } from "../../../ui/field.tsx";
import { Panel } from "../../../ui/panel.tsx";
import { plainText } from "../../../ui/plain-text.ts";
import { SchemaForm } from "../../../ui/schema-form/schema-form.tsx";
import { Failure } from "../../../ui/status.tsx";
import { messageText } from "../model/event-words.ts";
import { answerRequest, questionSchemaOf } from "../model/send.ts";
import { newMessageId, sendMessage } from "../send-message.ts";

/** What the task waits for, and the way to give it. */
export function AnswerPanel({
  task,
  accepted,
  approvalId,
}: {
  readonly task: Task;
  readonly accepted: AcceptedEvent;
  readonly approvalId: string | undefined;
}) {
  const [text, setText] = useState("");
  const send = useMutation({
    mutationFn: async (answer: unknown) =>
      await sendMessage(accepted.agentName, answerRequest(accepted, task.id, answer, newMessageId())),
    onSuccess: () => setText(""),
  });
  const { message } = task.status;
  const asked = message === undefined ? "The agent waits for an answer." : plainText(messageText(message));
  const schema = questionSchemaOf(message);
  if (approvalId !== undefined) {
    return (
      <Panel
        title="Waits for an approval"
        actions={
          <LinkButton small look="primary" to="/approvals" search={{ id: approvalId }}>
            Decide
          </LinkButton>
        }
      >
        <p className="text-sm break-words">{asked}</p>
      </Panel>
    );
  }
  return (
    <Panel title="Waits for an answer">
      <div className="flex max-w-2xl flex-col gap-3">
        <p className="text-sm break-words whitespace-pre-wrap">{asked}</p>
        {send.error === null ? undefined : <Failure error={send.error} />}
        {schema === undefined ? (
          <form
            className="flex flex-col items-start gap-2"
            onSubmit={(event) => {
              event.preventDefault();
              if (text.trim() !== "") send.mutate(text);
            }}
          >
            <div className="w-full">
              <TextArea
                label="Answer"
                rows={2}
                value={text}
                onChange={({ currentTarget }) => setText(currentTarget.value)}
              />
            </div>
            <Button type="submit" look="primary" disabled={send.isPending || text.trim() === ""}>
              Answer
            </Button>
          </form>
        ) : (
          <SchemaForm
            schema={schema}
            label="Answer"
            submitLabel="Answer"
            isBusy={send.isPending}
            onSubmit={(value) => send.mutate(value)}
          />
        )}
      </div>
    </Panel>
  );
}
