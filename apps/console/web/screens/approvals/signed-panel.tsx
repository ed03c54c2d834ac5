import { useQuery } from "@tanstack/react-query";
import { Badge } from "../../ui/badge.tsx";
import { Facts } from "../../ui/facts.tsx";
import { JsonView } from "../../ui/json-view.tsx";
import { Panel } from "../../ui/panel.tsx";
import { plainText } from "../../ui/plain-text.ts";
import { Time } from "../../ui/time.tsx";
import type { Approval } from "./approval.ts";
import { openSignedDecision } from "./signed-decision.ts";
import { ShieldAlert, ShieldCheck } from "lucide-react";

/** What was decided, and what exactly the platform signed of it, checked here. */
export function SignedPanel({ decision }: { readonly decision: NonNullable<Approval["decision"]> }) {
  const signed = useQuery({
    queryKey: ["signed-decision", decision.signature],
    queryFn: async ({ signal }) => await openSignedDecision(decision.signature, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <Panel
      title="The decision"
      actions={
        signed.data === undefined ? undefined : signed.data.problem === undefined ? (
          <Badge tone="good" title={`verified in this browser by ${signed.data.engine}`}>
            <ShieldCheck size={12} aria-hidden />
            signature verified here
          </Badge>
        ) : (
          <Badge tone="bad">
            <ShieldAlert size={12} aria-hidden />
            {signed.data.problem}
          </Badge>
        )
      }
    >
      <Facts
        facts={[
          { name: "By", value: <code className="font-mono text-xs">{decision.by}</code> },
          { name: "At", value: <Time at={decision.at} /> },
          { name: "For", value: decision.extent && { once: "once", task: "the task" }[decision.extent] },
          { name: "Allowed", value: decision.read?.map(plainText).join(", ") },
          { name: "Note", value: decision.note && plainText(decision.note) },
        ]}
      />
      {signed.data === undefined ? undefined : (
        <details className="mt-3">
          <summary className="min-h-6 text-xs font-medium">What is signed, by {signed.data.kid}</summary>
          <div className="mt-2">
            <JsonView value={signed.data.payload} label="What is signed" />
          </div>
        </details>
      )}
    </Panel>
  );
}
