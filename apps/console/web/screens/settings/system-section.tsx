import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleAlert, CircleCheck, CircleMinus, CircleX } from "lucide-react";
import type { ReactNode } from "react";
import { api } from "../../api/client.ts";
import { Facts } from "../../ui/facts.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Loaded } from "../../ui/status.tsx";
import { Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";

interface Capability {
  readonly level: "enforced" | "partial" | "none";
  readonly detail: string;
}

interface Sandbox {
  readonly driver: string;
  readonly isolates: boolean;
  readonly reason?: string;
  readonly fix?: string;
  readonly [capability: string]: string | boolean | Capability | undefined;
}

interface Doctor {
  readonly sandbox: readonly Sandbox[];
  readonly store: { readonly kind: string; readonly ok: boolean };
  readonly ledger: { readonly ok: boolean; readonly checkedAt?: string; readonly differences: number };
}

const CAPABILITIES = ["filesystem", "network", "syscalls", "memory", "cpu", "processes"] as const;
const LEVELS = { enforced: CircleCheck, partial: CircleAlert, none: CircleX };
const TONES = { enforced: "text-good", partial: "text-warn", none: "text-bad" };

export function SystemSection() {
  const doctor = useQuery({
    queryKey: ["doctor"],
    queryFn: async ({ signal }) => await api<Doctor>("/v1/doctor", { signal }),
  });
  const version = useQuery({
    queryKey: ["version"],
    queryFn: async ({ signal }) =>
      await api<{ version: string; node: string; protocolVersions: readonly string[] }>("/v1/version", { signal }),
  });
  return (
    <div className="flex flex-col gap-4">
      <Panel title="Platform">
        <Loaded query={version} what="the version">
          {({ version: berth, node, protocolVersions }) => (
            <Facts
              facts={[
                { name: "Berth", value: berth },
                { name: "Node", value: node },
                { name: "A2A", value: protocolVersions.join(", ") },
                { name: "Address", value: location.origin },
              ]}
            />
          )}
        </Loaded>
      </Panel>
      <Loaded query={doctor} what="the machine">
        {({ sandbox, store, ledger }) => (
          <>
            <Panel title="Store and ledger">
              <Facts
                facts={[
                  { name: "Store", value: <Verdict ok={store.ok}>{store.kind}</Verdict> },
                  {
                    name: "Ledger",
                    value: (
                      <Verdict ok={ledger.ok}>
                        {ledger.differences === 0
                          ? "receipts, tasks and journals agree"
                          : `${ledger.differences} differences`}
                        {ledger.checkedAt === undefined ? undefined : (
                          <>
                            , looked at <Time at={ledger.checkedAt} />
                          </>
                        )}
                      </Verdict>
                    ),
                  },
                  { name: "Audit", value: <Link to="/receipts">Receipts and audit log</Link> },
                ]}
              />
            </Panel>
            <Panel title="Isolation of agents" flush>
              <Table
                caption="What each way to run agents enforces on this machine"
                rows={sandbox}
                keyOf={({ driver }) => driver}
                columns={[
                  {
                    head: "Driver",
                    cell: ({ driver, isolates, reason, fix }) => (
                      <span className="flex max-w-sm flex-col">
                        <Verdict ok={isolates}>{driver}</Verdict>
                        {reason === undefined ? undefined : <span className="text-xs text-muted">{reason}</span>}
                        {fix === undefined ? undefined : <span className="text-xs">{fix}</span>}
                      </span>
                    ),
                  },
                  ...CAPABILITIES.map((name) => ({
                    head: name,
                    cell: (row: Sandbox) => <Level capability={row[name] as Capability | undefined} />,
                  })),
                ]}
              />
            </Panel>
          </>
        )}
      </Loaded>
    </div>
  );
}

function Verdict({ ok, children }: { readonly ok: boolean; readonly children: ReactNode }) {
  return (
    <span className="inline-flex items-start gap-1.5">
      {ok ? (
        <CircleCheck size={15} aria-label="Good" className="mt-0.5 shrink-0 text-good" />
      ) : (
        <CircleX size={15} aria-label="Not good" className="mt-0.5 shrink-0 text-bad" />
      )}
      <span>{children}</span>
    </span>
  );
}

function Level({ capability }: { readonly capability: Capability | undefined }) {
  if (capability === undefined) return <CircleMinus size={15} aria-label="Not said" className="text-muted" />;
  const Icon = LEVELS[capability.level];
  return (
    <span title={capability.detail} className="inline-flex items-center gap-1 whitespace-nowrap">
      <Icon size={14} aria-hidden className={TONES[capability.level]} />
      {capability.level}
    </span>
  );
}
