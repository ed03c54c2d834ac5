import { ShieldAlert, ShieldCheck, ShieldQuestion } from "lucide-react";
import type { BundleVerdict } from "./verify-messages.ts";
import { STEPS } from "./verify-steps.ts";

/** The verdict in one line, with who reached it. */
export function VerdictBanner({ verdict }: { readonly verdict: BundleVerdict }) {
  const { failed, hasTrust, engine, ms, held } = verdict;
  const kind = failed !== undefined ? "bad" : hasTrust ? "good" : "warn";
  const Icon = { bad: ShieldAlert, good: ShieldCheck, warn: ShieldQuestion }[kind];
  const title =
    failed !== undefined
      ? `Does not hold: ${STEPS.find(({ check }) => check === failed.check)?.title ?? failed.check}`
      : hasTrust
        ? "Verified in this browser"
        : "Agrees with itself; whose it is cannot be said";
  return (
    <div role="status" className={`flex gap-3 rounded-md border p-3 ${LOOKS[kind]}`}>
      <Icon size={20} aria-hidden className="mt-0.5 shrink-0" />
      <div className="min-w-0">
        <p className="font-semibold">{title}</p>
        <p className="text-xs text-text">
          {held.length} {held.length === 1 ? "step holds" : "steps hold"}
          {failed === undefined ? "" : ", then one does not"}. {ms.toFixed(1)} ms in a worker, by {engine}.
        </p>
      </div>
    </div>
  );
}

const LOOKS = {
  good: "border-good bg-good-soft text-good",
  warn: "border-warn bg-warn-soft text-warn",
  bad: "border-bad bg-bad-soft text-bad",
} as const;
