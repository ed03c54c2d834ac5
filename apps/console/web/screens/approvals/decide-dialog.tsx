import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { FormEvent } from "react";
import { Button } from "../../ui/button.tsx";
import { CheckField } from "../../ui/check-field.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { SelectField, TextArea } from "../../ui/field.tsx";
import { plainText } from "../../ui/plain-text.ts";
import { Failure } from "../../ui/status.tsx";
import { decide } from "./approval.ts";
import type { Approval, Decision, Extent } from "./approval.ts";
import { narrowingProblem } from "./scope-diff.ts";

/** `narrow`: approving less than was asked for. */
export type Intent = "approve" | "narrow" | "deny";

export interface DecideDialogProps {
  readonly approval: Approval;
  readonly intent: Intent;
  readonly onClose: () => void;
  readonly onDecided: (decided: Approval) => void;
}

const TITLES = { approve: "Approve", narrow: "Approve less", deny: "Deny" } as const;

/** The second step of every decision: what it will say, once more, and Enter. */
export function DecideDialog({ approval, intent, onClose, onDecided }: DecideDialogProps) {
  const queries = useQueryClient();
  const [extent, setExtent] = useState<Extent>("task");
  const [globs, setGlobs] = useState(approval.read.join("\n"));
  const [write, setWrite] = useState(approval.write !== undefined);
  const [note, setNote] = useState("");
  const narrowed = globs.split("\n").flatMap((line) => (line.trim() === "" ? [] : [line.trim()]));
  const problem = intent === "narrow" ? narrowingProblem(narrowed, approval.read, write) : undefined;
  const deciding = useMutation({
    mutationFn: async () => await decide(approval.id, toDecision()),
    onSuccess: async (decided) => {
      await queries.invalidateQueries({ predicate: ({ queryKey }) => OUTDATED.has(String(queryKey[0])) });
      onDecided(decided);
    },
  });
  function toDecision(): Decision {
    const said = note.trim() === "" ? {} : { note: note.trim() };
    if (intent === "deny") return { decision: "deny", ...said };
    const less = intent === "narrow" ? { read: narrowed, write } : {};
    return { decision: "approve", extent, ...less, ...said };
  }
  function onSubmit(event: FormEvent) {
    event.preventDefault();
    if (problem === undefined) deciding.mutate();
  }
  return (
    <Dialog title={`${TITLES[intent]}: ${approval.agent}`} onClose={onClose}>
      <form onSubmit={onSubmit} className="flex flex-col gap-3">
        {intent === "narrow" ? (
          <TextArea
            label="May read"
            rows={Math.min(8, approval.read.length + 1)}
            value={globs}
            onChange={(event) => setGlobs(event.target.value)}
            hint="One glob a line, each within what was asked for."
            className="font-mono text-xs"
            spellCheck={false}
            data-autofocus
            {...(problem === undefined ? {} : { error: problem })}
          />
        ) : (
          <ul aria-label="Scope" className="rounded-md bg-sunken p-2 font-mono text-xs break-all">
            {approval.read.map((glob) => (
              <li key={glob}>read {plainText(glob)}</li>
            ))}
            {approval.write === undefined ? undefined : <li>write {plainText(approval.write)}</li>}
          </ul>
        )}
        {intent === "narrow" && approval.write !== undefined ? (
          <CheckField
            label={`May write below ${plainText(approval.write)}`}
            checked={write}
            onChange={(event) => setWrite(event.target.checked)}
          />
        ) : undefined}
        {intent === "deny" ? undefined : (
          <SelectField
            label="For how long"
            value={extent}
            onChange={(event) => setExtent(event.target.value === "once" ? "once" : "task")}
            hint={EXTENT_HINTS[extent]}
          >
            <option value="task">For the task</option>
            <option value="once">Once</option>
          </SelectField>
        )}
        <TextArea
          label="Note"
          rows={2}
          maxLength={2_000}
          value={note}
          onChange={(event) => setNote(event.target.value)}
          hint={intent === "deny" ? "The run is told it." : "Signed with the decision."}
        />
        {deciding.error === null ? undefined : <Failure error={deciding.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            look={intent === "deny" ? "danger" : "primary"}
            disabled={deciding.isPending || problem !== undefined}
            {...(intent === "narrow" ? {} : { "data-autofocus": true })}
          >
            {TITLES[intent]}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

const OUTDATED: ReadonlySet<string> = new Set(["approvals", "approval", "grants"]);
const EXTENT_HINTS = {
  task: "Until the run ends, over its later turns too.",
  once: "Until the present grant is renewed: at most 15 minutes.",
} as const;
