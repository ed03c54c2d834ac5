import { useQuery } from "@tanstack/react-query";
import { CircleCheck, CircleX, RefreshCw } from "lucide-react";
import type { ReactNode } from "react";
import { api, search, send } from "../../api/client.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Facts } from "../../ui/facts.tsx";
import { JsonView } from "../../ui/json-view.tsx";
import { Panel } from "../../ui/panel.tsx";
import { SaveButton } from "../../ui/save-button.tsx";
import { Empty, Loaded } from "../../ui/status.tsx";
import { Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { KeptKeysPanel } from "./kept-keys-panel.tsx";
import { checkGrowth } from "./check-growth.ts";
import type { Growth } from "./check-growth.ts";
import { trustQuery } from "./trust.ts";

/** The log's head, whether it has only grown since this browser last looked, and who else has seen it. */
export function LedgerTab() {
  const trust = useQuery(trustQuery);
  const vkey = trust.data?.vkey;
  const growth = useQuery({
    queryKey: ["ledger-growth", vkey],
    queryFn: async ({ signal }) => await checkGrowth(vkey ?? "", signal),
    enabled: vkey !== undefined,
    staleTime: 0,
  });
  return (
    <div className="grid items-start gap-4 xl:grid-cols-2">
      <Panel
        title="The log’s head"
        actions={
          <Button small onClick={() => void growth.refetch()} disabled={growth.isFetching}>
            <RefreshCw size={13} aria-hidden />
            Look again
          </Button>
        }
      >
        <Loaded query={growth} what="the log’s head">
          {(found) => <Head growth={found} />}
        </Loaded>
      </Panel>
      <Loaded query={trust} what="the keys">
        {(kept) => <KeptKeysPanel trust={kept} />}
      </Loaded>
      <Check />
      <Anchors />
    </div>
  );
}

function Head({ growth }: { readonly growth: Growth }) {
  const { verdict, checkpoint, before } = growth;
  const isGood = verdict.problem === undefined;
  return (
    <div className="flex flex-col gap-3">
      <p
        role="status"
        className={`flex items-start gap-2 rounded-md border p-3 text-sm ${isGood ? "border-good bg-good-soft text-good" : "border-bad bg-bad-soft text-bad"}`}
      >
        {isGood ? (
          <CircleCheck size={16} aria-hidden className="mt-0.5 shrink-0" />
        ) : (
          <CircleX size={16} aria-hidden className="mt-0.5 shrink-0" />
        )}
        <span>{sentence(growth)}</span>
      </p>
      <Facts
        facts={[
          { name: "Log", value: verdict.origin && <code className="font-mono text-xs">{verdict.origin}</code> },
          { name: "Entries", value: verdict.size?.toLocaleString("en") },
          { name: "Seen before", value: before && <Seen size={verdict.fromSize} at={before.at} /> },
          { name: "Checked by", value: verdict.engine },
        ]}
      />
      <details>
        <summary className="min-h-6 text-xs font-medium">The signed checkpoint</summary>
        <div className="mt-2">
          <JsonView value={checkpoint} label="Checkpoint" />
        </div>
      </details>
    </div>
  );
}

function Seen({ size, at }: { readonly size: number | undefined; readonly at: string }): ReactNode {
  return (
    <>
      {size === undefined ? "" : `at ${size.toLocaleString("en")} entries, `}
      <Time at={at} />
    </>
  );
}

function sentence({ verdict, before }: Growth): string {
  if (verdict.problem !== undefined) {
    return before === undefined
      ? `The head is not signed by the log’s key: ${verdict.problem}.`
      : `This is not the log that this browser saw before, or it was shortened or rewritten: ${verdict.problem}.`;
  }
  if (verdict.fromSize === undefined)
    return "Signed by the log. This browser keeps it, and the next visit proves that the log has only grown.";
  if (verdict.fromSize === verdict.size) return "Signed by the log, and the same as when this browser last looked.";
  return `Signed by the log, and proved to have only grown: its first ${verdict.fromSize.toLocaleString("en")} entries are those of before.`;
}

interface LedgerCheck {
  readonly tasks: number;
  readonly receipts: number;
  readonly journals: number;
  readonly pending: number;
  readonly differences: readonly unknown[];
}

function Check() {
  const check = useQuery({
    queryKey: ["ledger-check"],
    queryFn: async ({ signal }) => await api<LedgerCheck>("/v1/ledger/check", { signal }),
  });
  return (
    <Panel title="What the platform counts itself">
      <Loaded query={check} what="the counts">
        {({ tasks, receipts, journals, pending, differences }) => (
          <div className="flex flex-col gap-3">
            <Facts
              facts={[
                { name: "Tasks ended", value: tasks.toLocaleString("en") },
                { name: "Receipts", value: receipts.toLocaleString("en") },
                { name: "Journals", value: journals.toLocaleString("en") },
                { name: "Being sealed", value: pending.toLocaleString("en") },
                {
                  name: "Differences",
                  value: differences.length === 0 ? "none" : <Badge tone="bad">{differences.length}</Badge>,
                },
              ]}
            />
            {differences.length === 0 ? undefined : <JsonView value={differences} label="Differences" />}
            <p className="text-xs text-muted">
              The platform’s own word: it is no proof, and this browser has not checked it.
            </p>
          </div>
        )}
      </Loaded>
    </Panel>
  );
}

interface Anchor {
  readonly sink: string;
  readonly size: number;
  readonly at: string;
  readonly checkpoint: string;
  readonly evidence: { readonly type: string; readonly time?: string; readonly response?: string };
}

function Anchors() {
  const anchors = useQuery({
    queryKey: ["ledger-anchors"],
    queryFn: async ({ signal }) => await api<{ anchors: Anchor[] }>(`/ledger/anchors${search({})}`, { signal }),
  });
  const witnesses = useQuery({
    queryKey: ["ledger-witnesses"],
    queryFn: async ({ signal }) => await send("/v1/ledger/witnesses", { signal }).then(readWitnesses),
    retry: false,
  });
  return (
    <Panel title="Who else has seen the log" flush>
      <div className="border-b border-line p-4 text-sm">
        {witnesses.data === undefined
          ? "Witnesses are shown to administrators of the default organization."
          : witnesses.data.witnesses.length === 0
            ? "No witness signs this log’s heads."
            : `${witnesses.data.witnesses.length} witnesses; the newest head with their signatures has ${witnesses.data.witnessedSize.toLocaleString("en")} entries.`}
      </div>
      <Loaded query={anchors} what="the anchors">
        {({ anchors: listed }) =>
          listed.length === 0 ? (
            <Empty title="The log was not anchored outside yet" command="npx a2a ledger anchors">
              With an anchor, somebody outside keeps a head of the log: a time-stamping authority, a file, or another
              log.
            </Empty>
          ) : (
            <Table
              caption="Anchors"
              rows={listed}
              keyOf={({ sink, size, at }) => `${sink} ${size} ${at}`}
              columns={[
                { head: "Where", cell: ({ sink }) => <code className="font-mono text-xs break-all">{sink}</code> },
                { head: "Kind", cell: ({ evidence }) => evidence.type },
                { head: "Entries", align: "right", cell: ({ size }) => size.toLocaleString("en") },
                { head: "When", cell: ({ at }) => <Time at={at} /> },
                {
                  head: "Evidence",
                  cell: (anchor) => (
                    <SaveButton
                      name={`anchor-${anchor.size}.json`}
                      content={JSON.stringify(anchor, null, 2)}
                      label="Save"
                    />
                  ),
                },
              ]}
            />
          )
        }
      </Loaded>
    </Panel>
  );
}

interface Witnesses {
  readonly witnesses: readonly { readonly vkey: string; readonly url: string }[];
  readonly witnessedSize: number;
}

async function readWitnesses(answer: Response): Promise<Witnesses> {
  return (await answer.json()) as Witnesses;
}
