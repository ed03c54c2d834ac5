import { Badge } from "../../ui/badge.tsx";
import type { Judged } from "./eval-queries.ts";
import { plainText } from "../../ui/plain-text.ts";
import { formatCost } from "../../ui/time.tsx";

/** "0.950 of 0.9", which is what passing is about. */
export function Score({ score, threshold }: { readonly score: string | undefined; readonly threshold?: string }) {
  if (score === undefined) return <span className="text-muted">no score</span>;
  return (
    <span className="tabular-nums whitespace-nowrap">
      {score}
      {threshold === undefined ? "" : <span className="text-muted"> of {threshold}</span>}
    </span>
  );
}

/** Up or down with its sign: never told by colour alone. */
export function Difference({ by }: { readonly by: number }) {
  if (by === 0) return <span className="text-muted">±0</span>;
  return <Badge tone={by < 0 ? "bad" : "good"}>{`${by < 0 ? "−" : "+"}${Math.abs(by).toFixed(3)}`}</Badge>;
}

export function JudgedText({ judged }: { readonly judged: Judged | undefined }) {
  if (judged === undefined) return "no";
  const tokens = (judged.inputTokens + judged.outputTokens).toLocaleString("en");
  return `${tokens} tokens${judged.costMicros === undefined ? "" : `, ${formatCost(judged.costMicros)}`}`;
}

/** As the suite's author wrote it; long ones wrap instead of pushing everything else away. */
export function CaseName({ id }: { readonly id: string }) {
  return <span className="block min-w-28 font-mono text-xs break-words">{plainText(id)}</span>;
}
