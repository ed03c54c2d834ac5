import type { Part, Task } from "@berth/protocol";
import { ShieldQuestion } from "lucide-react";
import { useState } from "react";
import type { FormEvent } from "react";
import { Button } from "../../ui/button.tsx";
import { TextArea } from "../../ui/field.tsx";
import { LinkButton } from "../../ui/link-button.tsx";
import { lazyView } from "../../ui/lazy-view.tsx";
import { questionSchemaOf } from "../task/model/send.ts";
import { approvalOf } from "./exchange.ts";
import { isWaiting } from "./turn.ts";

const SchemaForm = lazyView(async () => (await import("../../ui/schema-form/schema-form.tsx")).SchemaForm);

/** What the task waits for: an answer, by the form that the agent gave or as text; or somebody's approval. */
export function AnswerForm({ task, onAnswer }: { readonly task: Task; readonly onAnswer: (part: Part) => void }) {
  const [text, setText] = useState("");
  const { state, message } = task.status;
  if (!isWaiting(state) || approvalOf(task) !== undefined) return <Approval task={task} />;
  const schema = questionSchemaOf(message);
  const label = state === "TASK_STATE_AUTH_REQUIRED" ? "Answer when you have signed in" : "Your answer";
  function onSubmit(event: FormEvent) {
    event.preventDefault();
    if (text.trim() !== "") onAnswer({ text });
  }
  return (
    <div className="rounded-lg border border-warn bg-warn-soft/40 p-3">
      {schema === undefined ? (
        <form onSubmit={onSubmit} className="flex flex-col items-start gap-2">
          <div className="w-full">
            <TextArea label={label} rows={2} value={text} onChange={(event) => setText(event.target.value)} autoFocus />
          </div>
          <Button type="submit" look="primary" small disabled={text.trim() === ""}>
            Answer
          </Button>
        </form>
      ) : (
        <SchemaForm
          schema={schema}
          label={label}
          submitLabel="Answer"
          // Made by a form of ours, of JSON alone; text stays text.
          onSubmit={(value) =>
            onAnswer(typeof value === "string" ? { text: value } : { data: value as NonNullable<Part["data"]> })
          }
        />
      )}
    </div>
  );
}

function Approval({ task }: { readonly task: Task }) {
  const approvalId = approvalOf(task);
  if (task.status.state !== "TASK_STATE_AUTH_REQUIRED" || approvalId === undefined) return undefined;
  return (
    <p className="flex flex-wrap items-center gap-2 rounded-lg border border-warn bg-warn-soft p-2 text-sm text-warn">
      <ShieldQuestion size={15} aria-hidden />
      It goes on when somebody else has decided; a message does not.
      <LinkButton small to="/approvals" search={{ id: approvalId }}>
        The request
      </LinkButton>
    </p>
  );
}
