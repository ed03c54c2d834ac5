import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../../ui/button.tsx";
import { ConfirmDialog } from "../../ui/confirm-dialog.tsx";
import { Facts } from "../../ui/facts.tsx";
import { Panel } from "../../ui/panel.tsx";
import { SaveButton } from "../../ui/save-button.tsx";
import { Time } from "../../ui/time.tsx";
import { keepKeys, trustQuery } from "./trust.ts";
import type { Trust } from "./trust.ts";

/** The keys that verdicts are reached with, and since when. */
export function KeptKeysPanel({ trust }: { readonly trust: Trust }) {
  const queries = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  async function replace() {
    keepKeys(trust.now);
    setAsking(false);
    await queries.invalidateQueries({ queryKey: trustQuery.queryKey });
  }
  return (
    <Panel title="Keys that this browser keeps">
      <div className="flex flex-col gap-3">
        {trust.isChanged ? (
          <p role="alert" className="rounded-md border border-bad bg-bad-soft p-3 text-sm text-bad">
            The platform shows another log’s key than the one this browser keeps. Either it was set up anew, or it is
            not the one you knew.
          </p>
        ) : undefined}
        <Facts
          facts={[
            { name: "Log’s key", value: <code className="font-mono text-xs break-all">{trust.vkey}</code> },
            { name: "Kept since", value: <Time at={trust.since} /> },
          ]}
        />
        <p className="text-xs text-muted">
          Taken from this platform at the first visit, and not replaced by what it says later. To be sure from the
          beginning, compare it with a copy that came another way.
        </p>
        <div className="flex flex-wrap gap-2">
          <SaveButton name="keys.json" content={trust.document} label="Save keys.json" />
          {trust.isChanged ? (
            <Button small look="danger" onClick={() => setAsking(true)}>
              Keep the new ones instead …
            </Button>
          ) : undefined}
        </div>
      </div>
      {isAsking ? (
        <ConfirmDialog
          title="Keep other keys"
          action="Keep the new keys"
          isBusy={false}
          error={undefined}
          onConfirm={() => void replace()}
          onClose={() => setAsking(false)}
        >
          Receipts of the log that was known until now will not be trusted in this browser any more.
        </ConfirmDialog>
      ) : undefined}
    </Panel>
  );
}
