import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ShieldCheck } from "lucide-react";
import { useState } from "react";
import { Button } from "../../ui/button.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Empty, Failure, Loaded } from "../../ui/status.tsx";
import { Table } from "../../ui/table.tsx";
import { Time, formatDuration } from "../../ui/time.tsx";
import { useListKeys } from "../../ui/use-list-keys.ts";
import { ManyResult } from "./many-result.tsx";
import { fetchBundle, receiptsQuery } from "./receipt.ts";
import type { ReceiptLine } from "./receipt.ts";
import { trustQuery } from "./trust.ts";
import { verify } from "./verifier.ts";
import type { ManyVerdict } from "./verify-messages.ts";

const FETCHED_TOGETHER = 6;

export function ReceiptsTab() {
  const query = useInfiniteQuery(receiptsQuery);
  const rows = query.data?.pages.flatMap(({ receipts }) => receipts) ?? [];
  useListKeys();
  return (
    <Loaded query={query} what="receipts">
      {() =>
        rows.length === 0 ? (
          <Panel>
            <Empty title="No run has ended yet" command='npx a2a call echo echo --input &apos;{"text":"hello"}&apos;'>
              Every run that ends gets one receipt: a signed statement of what the platform saw, in a public append-only
              log.
            </Empty>
          </Panel>
        ) : (
          <div className="flex flex-col gap-3">
            <VerifyListed rows={rows} />
            <Panel title="Receipts" flush>
              <Table
                caption="Receipts, newest first"
                rows={rows}
                keyOf={({ receiptId }) => receiptId}
                columns={[
                  {
                    head: "Receipt",
                    cell: ({ receiptId }) => (
                      <Link
                        to="/receipts/$id"
                        params={{ id: receiptId }}
                        data-row
                        className="inline-flex min-h-6 items-center font-mono text-xs"
                      >
                        {receiptId}
                      </Link>
                    ),
                  },
                  { head: "Agent", cell: ({ agent }) => agent },
                  { head: "Run", align: "right", wide: true, cell: ({ agentSeq }) => `#${agentSeq}` },
                  { head: "Ended", cell: ({ completedAt }) => <Time at={completedAt} /> },
                  { head: "Took", align: "right", wide: true, cell: (row) => formatDuration(spanOf(row)) },
                  { head: "Leaf", align: "right", wide: true, cell: ({ leafIndex }) => leafIndex.toLocaleString("en") },
                  {
                    head: "Task",
                    wide: true,
                    cell: ({ taskId }) => (
                      <Link
                        to="/tasks/$id"
                        params={{ id: taskId }}
                        className="inline-flex min-h-6 items-center font-mono text-xs"
                      >
                        {taskId}
                      </Link>
                    ),
                  },
                ]}
              />
              {query.hasNextPage ? (
                <div className="p-3 text-center">
                  <Button small disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                    Older receipts
                  </Button>
                </div>
              ) : undefined}
            </Panel>
          </div>
        )
      }
    </Loaded>
  );
}

function spanOf({ acceptedAt, completedAt }: ReceiptLine): number {
  return Math.max(0, Date.parse(completedAt) - Date.parse(acceptedAt)) * 1_000;
}

type Progress = { readonly fetched: number } | { readonly verdict: ManyVerdict } | { readonly error: unknown };

/** Fetches the bundle of every receipt that is listed, without its events, and holds all against the kept keys. */
function VerifyListed({ rows }: { readonly rows: readonly ReceiptLine[] }) {
  const trust = useQuery(trustQuery);
  const [progress, setProgress] = useState<Progress>();
  const isRunning = progress !== undefined && "fetched" in progress;
  async function run() {
    setProgress({ fetched: 0 });
    try {
      const texts = await fetchAll(
        rows.map(({ receiptId }) => receiptId),
        (fetched) => setProgress({ fetched }),
      );
      const known = trust.data === undefined ? {} : { trust: trust.data.document };
      setProgress({ verdict: await verify({ kind: "many", texts, ...known }) });
    } catch (error) {
      setProgress({ error });
    }
  }
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-3">
        <Button onClick={() => void run()} disabled={isRunning}>
          <ShieldCheck size={15} aria-hidden />
          Verify these {rows.length.toLocaleString("en")} here
        </Button>
        <p role="status" className="text-xs text-muted">
          {isRunning
            ? `Fetched ${progress.fetched} of ${rows.length} …`
            : "In this browser, from the files alone. What the platform says of itself is not asked."}
        </p>
      </div>
      {progress === undefined || isRunning ? undefined : "error" in progress ? (
        <Failure error={progress.error} />
      ) : (
        <ManyResult verdict={progress.verdict} nameOf={(at) => rows[at]?.receiptId ?? String(at + 1)} />
      )}
    </div>
  );
}

async function fetchAll(ids: readonly string[], onFetched: (count: number) => void): Promise<readonly string[]> {
  const texts: string[] = ids.map(() => "");
  let next = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    for (let at = next++; at < ids.length; at = next++) {
      texts[at] = await fetchBundle(ids[at] ?? "", "none");
      done += 1;
      onFetched(done);
    }
  };
  await Promise.all(Array.from({ length: FETCHED_TOGETHER }, work));
  return texts;
}
