import { useQuery } from "@tanstack/react-query";
import { ShieldAlert, ShieldCheck } from "lucide-react";
import { path, send } from "../../api/client.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { Facts } from "../../ui/facts.tsx";
import { JsonView } from "../../ui/json-view.tsx";
import { plainText } from "../../ui/plain-text.ts";
import { StateBadge } from "../../ui/state-badge.tsx";
import { Loaded } from "../../ui/status.tsx";
import { SaveButton } from "../../ui/save-button.tsx";
import type { AuditEntry } from "./receipt.ts";
import { trustQuery } from "./trust.ts";
import { verify } from "./verifier.ts";
import type { AuditVerdict } from "./verify-messages.ts";

/** One act, and the proof that it stands in the log as it is shown. */
export function AuditDialog({ entry, onClose }: { readonly entry: AuditEntry; readonly onClose: () => void }) {
  const { from } = entry;
  return (
    <Dialog title={plainText(entry.action)} onClose={onClose} place="side">
      <div className="flex flex-col gap-4">
        <Facts
          facts={[
            { name: "Id", value: <code className="font-mono text-xs">{entry.auditId}</code> },
            { name: "When", value: entry.at },
            { name: "Who", value: <code className="font-mono text-xs">{plainText(entry.actor)}</code> },
            { name: "Done to", value: <code className="font-mono text-xs">{plainText(entry.resource)}</code> },
            { name: "Ended", value: <StateBadge state={entry.outcome} /> },
            { name: "Through", value: from?.door },
            { name: "From", value: from?.address },
            { name: "With", value: from?.userAgent && plainText(from.userAgent) },
            { name: "Request", value: from?.requestId && <code className="font-mono text-xs">{from.requestId}</code> },
          ]}
        />
        {entry.detail === undefined ? undefined : <JsonView value={entry.detail} label="Detail" />}
        <Proof id={entry.auditId} />
      </div>
    </Dialog>
  );
}

function Proof({ id }: { readonly id: string }) {
  const trust = useQuery(trustQuery);
  const proof = useQuery({
    queryKey: ["audit-proof", id],
    queryFn: async ({ signal }) => await (await send(path`/v1/audit/${id}/proof`, { signal })).text(),
  });
  const known = trust.data?.document;
  const verdict = useQuery({
    queryKey: ["audit-verdict", id, known],
    queryFn: async () =>
      await verify({ kind: "audit", text: proof.data ?? "", ...(known === undefined ? {} : { trust: known }) }),
    enabled: proof.data !== undefined && !trust.isPending,
  });
  return (
    <section aria-label="Proof" className="border-t border-line pt-3">
      <h3 className="mb-2 text-sm font-semibold">Proof</h3>
      <Loaded query={proof} what="the proof">
        {(text) => (
          <div className="flex flex-col gap-3">
            <Loaded query={verdict} what="the verdict">
              {(found) => <Verdict verdict={found} />}
            </Loaded>
            <div>
              <SaveButton name={`${id}.json`} content={text} label="Save the proof" />
            </div>
          </div>
        )}
      </Loaded>
    </section>
  );
}

function Verdict({ verdict }: { readonly verdict: AuditVerdict }) {
  const { problem, isTrusted, index, size, origin, engine } = verdict;
  const isGood = problem === undefined && isTrusted;
  const Icon = isGood ? ShieldCheck : ShieldAlert;
  return (
    <div
      role="status"
      className={`rounded-md border p-3 text-sm ${isGood ? "border-good bg-good-soft" : "border-bad bg-bad-soft"}`}
    >
      <p className={`flex items-center gap-2 font-medium ${isGood ? "text-good" : "text-bad"}`}>
        <Icon size={16} aria-hidden />
        {problem ?? (isTrusted ? "Verified in this browser" : "The log is not the one this browser knows")}
      </p>
      {index === undefined ? undefined : (
        <p className="mt-1 text-xs">
          The entry’s hash is leaf {index.toLocaleString("en")} of {size?.toLocaleString("en")} in {origin}, under the
          log’s signed head. By {engine}.
        </p>
      )}
    </div>
  );
}
