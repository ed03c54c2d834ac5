import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { FormEvent } from "react";
import { api, path } from "../../api/client.ts";
import { may, whoAmI } from "../../api/session.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { SelectField, TextArea, TextField } from "../../ui/field.tsx";
import { formText } from "../../ui/form-text.ts";
import { Failure } from "../../ui/status.tsx";
import type { ReceiptInfo } from "./receipt.ts";

type Act = "review" | "refund" | "erase";

const TITLES = {
  review: "Sign the run off",
  refund: "Give back what it was charged",
  erase: "Erase what was said",
} as const;

/** What may be done with a receipt, by those who may. None of it changes the receipt. */
export function ReceiptActions({ receipt }: { readonly receipt: ReceiptInfo }) {
  const who = useQuery(whoAmI).data;
  const [act, setAct] = useState<Act>();
  if (who === undefined) return undefined;
  const isOwner = who.scopes.includes("owner");
  return (
    <>
      {may(who, "approve") ? (
        <Button small onClick={() => setAct("review")}>
          Review …
        </Button>
      ) : undefined}
      {may(who, "admin") ? (
        <Button small onClick={() => setAct("refund")}>
          Refund …
        </Button>
      ) : undefined}
      {isOwner && receipt.erased !== true ? (
        <Button small look="danger" onClick={() => setAct("erase")}>
          Erase …
        </Button>
      ) : undefined}
      {act === undefined ? undefined : <ActDialog act={act} receipt={receipt} onClose={() => setAct(undefined)} />}
    </>
  );
}

function ActDialog({
  act,
  receipt,
  onClose,
}: {
  readonly act: Act;
  readonly receipt: ReceiptInfo;
  readonly onClose: () => void;
}) {
  const queries = useQueryClient();
  const [typed, setTyped] = useState("");
  const doing = useMutation({
    mutationFn: async (form: FormData) => await perform(act, receipt.receiptId, form),
    onSuccess: async () => {
      onClose();
      await queries.invalidateQueries({ predicate: ({ queryKey }) => OUTDATED.has(String(queryKey[0])) });
    },
  });
  function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    doing.mutate(new FormData(event.currentTarget));
  }
  const isSure = act !== "erase" || typed.trim() === receipt.taskId;
  return (
    <Dialog title={TITLES[act]} onClose={onClose}>
      <form onSubmit={onSubmit} className="flex flex-col gap-3">
        {act === "review" ? (
          <>
            <SelectField label="Verdict" name="verdict" data-autofocus>
              <option value="approved">Approved</option>
              <option value="rejected">Rejected</option>
            </SelectField>
            <TextArea
              label="Notes"
              name="text"
              rows={3}
              required
              maxLength={2_000}
              hint="Their hash is signed; the notes stay in the audit log."
            />
          </>
        ) : undefined}
        {act === "refund" ? (
          <>
            <TextField
              label="Amount"
              name="amount"
              inputMode="decimal"
              placeholder="all that is left"
              hint="Empty: all that is left of the charge."
              data-autofocus
            />
            <TextArea label="Reason" name="text" rows={2} required maxLength={2_000} />
          </>
        ) : undefined}
        {act === "erase" ? (
          <>
            <p className="rounded-md bg-warn-soft p-2 text-sm text-warn">
              What was said in this run is taken out of the platform for good. The receipt stays and still verifies,
              with every event withheld. Saved bundles and backups are not reached.
            </p>
            <TextArea label="Reason" name="text" rows={2} required maxLength={2_000} data-autofocus />
            <TextField
              label={`Type ${receipt.taskId} to go on`}
              value={typed}
              onChange={(event) => setTyped(event.target.value)}
              autoComplete="off"
              spellCheck={false}
              className="font-mono"
            />
          </>
        ) : undefined}
        {doing.error === null ? undefined : <Failure error={doing.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look={act === "erase" ? "danger" : "primary"} disabled={!isSure || doing.isPending}>
            {act === "erase" ? "Erase for good" : act === "refund" ? "Give back" : "Sign"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

const OUTDATED: ReadonlySet<string> = new Set(["receipt", "bundle", "reviews", "verdict", "usage"]);

async function perform(act: Act, id: string, form: FormData): Promise<void> {
  const text = formText(form, "text");
  if (act === "review") {
    const body = { verdict: formText(form, "verdict"), notes: text };
    await api(path`/v1/receipts/${id}/reviews`, { method: "POST", body });
  } else if (act === "refund") {
    const amount = formText(form, "amount");
    const body = { reason: text, ...(amount === "" ? {} : { amount }) };
    await api(path`/v1/receipts/${id}/refunds`, { method: "POST", body });
  } else {
    await api(path`/v1/receipts/${id}/erase`, { method: "POST", body: { reason: text } });
  }
}
