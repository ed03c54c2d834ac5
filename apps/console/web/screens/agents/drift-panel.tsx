import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, path } from "../../api/client.ts";
import { Button } from "../../ui/button.tsx";
import { ExternalLink } from "../../ui/external-link.tsx";
import { Facts } from "../../ui/facts.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Failure } from "../../ui/status.tsx";
import { Time } from "../../ui/time.tsx";
import type { RemoteState } from "./agent-queries.ts";

/** Where a remote agent is, and whether its card is still the one that was agreed to. */
export function DriftPanel({ name, remote }: { readonly name: string; readonly remote: RemoteState }) {
  const queries = useQueryClient();
  const after = { onSuccess: async () => await queries.invalidateQueries({ queryKey: ["agents"] }) };
  const refresh = useMutation({
    mutationFn: async () => await api(path`/v1/agents/${name}/refresh`, { method: "POST" }),
    ...after,
  });
  const accept = useMutation({
    mutationFn: async (digest: string) =>
      await api(path`/v1/agents/${name}/accept-card`, { method: "POST", body: { digest } }),
    ...after,
  });
  const { drift } = remote;
  return (
    <Panel
      title="Runs elsewhere"
      actions={
        <Button small disabled={refresh.isPending} onClick={() => refresh.mutate()}>
          Look at its card now
        </Button>
      }
    >
      <div className="flex flex-col gap-3">
        <Facts
          facts={[
            { name: "Card", value: <ExternalLink address={remote.cardUrl} /> },
            {
              name: "Spoken to at",
              value: `${remote.interface.url} (${remote.interface.protocolBinding} ${remote.interface.protocolVersion})`,
            },
            { name: "Credential", value: remote.credential ?? "none" },
            { name: "Looked at", value: remote.checkedAt === null ? "not yet" : <Time at={remote.checkedAt} /> },
          ]}
        />
        {remote.problem === undefined ? undefined : (
          <p className="rounded-md bg-warn-soft p-2 text-warn">{remote.problem}</p>
        )}
        {drift === undefined ? undefined : (
          <div className="flex flex-col items-start gap-2 rounded-md border border-warn bg-warn-soft p-3">
            <p className="font-medium text-warn">Its card has changed. Calls still go by the card that was accepted.</p>
            <ul className="list-disc pl-5 text-sm">
              {drift.skillsAdded.map((skill) => (
                <li key={skill}>new skill {skill}</li>
              ))}
              {drift.skillsRemoved.map((skill) => (
                <li key={skill}>
                  <strong>skill {skill} is gone</strong>
                </li>
              ))}
              {drift.interface === undefined ? undefined : (
                <li>
                  <strong>
                    it is at {drift.interface.to}, no longer at {drift.interface.from}
                  </strong>
                </li>
              )}
              <li className="font-mono text-xs break-all">{drift.newDigest}</li>
            </ul>
            <Button disabled={accept.isPending} onClick={() => accept.mutate(drift.newDigest)}>
              Accept this card
            </Button>
          </div>
        )}
        {[refresh.error, accept.error].map((error) =>
          error === null ? undefined : <Failure key={error.message} error={error} />,
        )}
      </div>
    </Panel>
  );
}
