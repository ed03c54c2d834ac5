import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CircleCheck, CircleMinus, CircleX } from "lucide-react";
import { api, path } from "../../api/client.ts";
import { Button } from "../../ui/button.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Failure } from "../../ui/status.tsx";
import { Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import type { Conformance } from "./distribution-queries.ts";

const OUTCOMES = {
  passed: { icon: CircleCheck, className: "text-good" },
  failed: { icon: CircleX, className: "text-bad" },
  skipped: { icon: CircleMinus, className: "text-muted" },
} as const;

/** What the protocols want, and whether it is so. Asking the doors makes the agent do no work. */
export function ConformancePanel({
  name,
  isLive,
  conformance,
}: {
  readonly name: string;
  /** Only the live release's doors can be asked. */
  readonly isLive: boolean;
  readonly conformance: Conformance;
}) {
  const queries = useQueryClient();
  const ask = useMutation({
    mutationFn: async () => await api(path`/v1/agents/${name}/conformance`, { method: "POST" }),
    onSettled: async () => await queries.invalidateQueries({ queryKey: ["agents", "distribution", name] }),
  });
  const { checks, doors } = conformance;
  const failed = checks.filter(({ outcome }) => outcome === "failed").length;
  return (
    <Panel
      title="Conformance"
      flush
      actions={
        isLive ? (
          <Button small disabled={ask.isPending} onClick={() => ask.mutate()}>
            Ask its doors
          </Button>
        ) : undefined
      }
    >
      {ask.error === null ? undefined : <Failure error={ask.error} />}
      <p role="status" className="px-4 py-2 text-xs text-muted">
        {failed === 0 ? "No check failed. " : `${failed} of ${checks.length} failed. `}
        {doors === null ? (
          "Its doors were not asked yet."
        ) : (
          <>
            Its doors were asked <Time at={doors.at} />.
          </>
        )}
      </p>
      <Table
        caption="Checks"
        rows={checks}
        keyOf={({ id }) => id}
        columns={[
          { head: "Outcome", cell: ({ outcome }) => <Outcome outcome={outcome} /> },
          {
            head: "Check",
            cell: ({ id, detail }) => (
              <>
                {id.replaceAll("-", " ")}
                {detail === undefined ? undefined : <span className="block text-xs text-muted">{detail}</span>}
              </>
            ),
          },
          { head: "Where it is said", wide: true, cell: ({ section }) => section },
        ]}
      />
    </Panel>
  );
}

function Outcome({ outcome }: { readonly outcome: keyof typeof OUTCOMES }) {
  const { icon: Icon, className } = OUTCOMES[outcome];
  return (
    <span className="flex items-center gap-1.5 whitespace-nowrap">
      <Icon size={14} aria-hidden className={className} />
      {outcome}
    </span>
  );
}
