import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/client.ts";
import { Button } from "../../ui/button.tsx";
import { CopyButton } from "../../ui/copy-button.tsx";
import { TextField } from "../../ui/field.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Failure } from "../../ui/status.tsx";
import { FirstSpan } from "./first-span.tsx";
import { ingestEnvironment } from "./ingest-environment.ts";

/** From nothing to the first span: a token, the lines to paste, and a look out for what arrives. */
export function IngestPanel() {
  const queries = useQueryClient();
  const [agent, setAgent] = useState("");
  const [sinceMs, setSinceMs] = useState<number | undefined>();
  const create = useMutation({
    mutationFn: async () => {
      const name = agent === "" ? "otel" : `otel of ${agent}`;
      const body = { name, scopes: ["ingest"], ...(agent === "" ? {} : { agents: [agent] }) };
      return await api<{ key: string }>("/v1/keys", { method: "POST", body });
    },
    onSuccess: async () => {
      setSinceMs(Date.now());
      await queries.invalidateQueries({ queryKey: ["keys"] });
    },
  });
  const lines = ingestEnvironment(location.origin, create.data?.key);
  return (
    <Panel title="Send telemetry in">
      <div className="flex flex-col gap-4">
        <p className="text-muted">
          Agents in the sandbox need nothing for it. Any other program sends over OpenTelemetry with these variables;
          the token sends telemetry and does nothing else.
        </p>
        <div className="flex flex-wrap items-end gap-2">
          <div className="w-56 max-w-full">
            <TextField
              label="For one agent (optional)"
              autoComplete="off"
              value={agent}
              onChange={(event) => setAgent(event.currentTarget.value.trim())}
            />
          </div>
          <Button look="primary" disabled={create.isPending} onClick={() => create.mutate()}>
            {create.data === undefined ? "Make an ingest token" : "Make another one"}
          </Button>
        </div>
        {create.error === null ? undefined : <Failure error={create.error} />}
        <div className="flex items-start gap-1">
          <pre
            tabIndex={0}
            aria-label="Environment variables"
            className="min-w-0 flex-1 overflow-x-auto rounded-md bg-sunken p-3 font-mono text-xs"
          >
            {lines}
          </pre>
          <CopyButton text={lines} label="Copy the variables" />
        </div>
        {create.data === undefined ? undefined : (
          <p className="text-sm font-medium text-warn">
            The token stands above, and this is the only time it is shown.
          </p>
        )}
        {sinceMs === undefined ? (
          <Button small className="self-start" onClick={() => setSinceMs(Date.now())}>
            Look out for the first span
          </Button>
        ) : (
          <FirstSpan sinceMs={sinceMs} />
        )}
      </div>
    </Panel>
  );
}
