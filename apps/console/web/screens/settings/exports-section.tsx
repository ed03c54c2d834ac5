import { useMutation } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { send } from "../../api/client.ts";
import { save } from "../../ui/save-button.tsx";
import { Button } from "../../ui/button.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Failure } from "../../ui/status.tsx";

interface Export {
  readonly what: string;
  readonly about: string;
  readonly address: string;
  readonly accept: string;
  readonly file: string;
  readonly cli: string;
}

const MONTH = new Date().toISOString().slice(0, 7);
const EXPORTS: readonly Export[] = [
  {
    what: "Usage by agent",
    about: "This month's calls, seconds, tokens and amounts.",
    address: "/v1/usage",
    accept: "text/csv",
    file: `usage-${MONTH}.csv`,
    cli: "npx a2a usage",
  },
  {
    what: "Statement",
    about: "What this month cost, by agent and caller.",
    address: `/v1/statements/${MONTH}`,
    accept: "text/csv",
    file: `statement-${MONTH}.csv`,
    cli: `npx a2a billing statement ${MONTH}`,
  },
  {
    what: "Audit log",
    about: "The newest 1,000 entries as OCSF events, for a SIEM.",
    address: "/v1/audit?format=ocsf&limit=1000",
    accept: "application/json",
    file: "audit.ocsf.json",
    cli: "npx a2a audit list --json",
  },
  {
    what: "Log lines",
    about: "The last hour of all agents, a line of JSON each.",
    address: "/v1/logs?q=since:1h",
    accept: "application/x-ndjson",
    file: "logs.ndjson",
    cli: "npx a2a logs --query since:1h",
  },
  {
    what: "API description",
    about: "Every route with its schemas, OpenAPI 3.1.",
    address: "/v1/openapi.json",
    accept: "application/json",
    file: "openapi.json",
    cli: "curl -s http://127.0.0.1:4100/v1/openapi.json",
  },
];

export function ExportsSection() {
  return (
    <Panel title="Exports" flush>
      <ul className="divide-y divide-line">
        {EXPORTS.map((each) => (
          <ExportRow key={each.what} {...each} />
        ))}
      </ul>
    </Panel>
  );
}

function ExportRow({ what, about, address, accept, file, cli }: Export) {
  const download = useMutation({
    mutationFn: async () => save(file, await (await send(address, { headers: { Accept: accept } })).blob(), accept),
  });
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
      <div className="min-w-48 flex-1">
        <p className="font-medium">{what}</p>
        <p className="text-muted">{about}</p>
        <code className="font-mono text-xs break-all text-muted">{cli}</code>
      </div>
      <Button
        small
        disabled={download.isPending}
        aria-label={`Download ${file}: ${what}`}
        onClick={() => download.mutate()}
      >
        <Download size={13} aria-hidden />
        {file}
      </Button>
      {download.error === null ? undefined : (
        <div className="w-full">
          <Failure error={download.error} />
        </div>
      )}
    </li>
  );
}
