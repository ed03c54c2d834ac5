import { ShieldAlert, ShieldCheck } from "lucide-react";
import { plainText } from "../../ui/plain-text.ts";
import type { ManyVerdict } from "./verify-messages.ts";

export interface ManyResultProps {
  readonly verdict: ManyVerdict;
  readonly nameOf: (at: number) => string;
}

export function ManyResult({ verdict, nameOf }: ManyResultProps) {
  const { total, held, failures, ms, engine, workers } = verdict;
  const isGood = held === total;
  const Icon = isGood ? ShieldCheck : ShieldAlert;
  return (
    <div
      role="status"
      className={`rounded-md border p-3 text-sm ${isGood ? "border-good bg-good-soft" : "border-bad bg-bad-soft"}`}
    >
      <p className={`flex items-center gap-2 font-medium ${isGood ? "text-good" : "text-bad"}`}>
        <Icon size={16} aria-hidden />
        {isGood
          ? `All ${total.toLocaleString("en")} hold`
          : `${(total - held).toLocaleString("en")} of ${total.toLocaleString("en")} do not hold`}
      </p>
      <p className="mt-1 text-xs">
        <span data-verify-ms={ms.toFixed(1)}>{ms.toFixed(0)} ms</span>{" "}
        {workers === 1 ? "in a worker" : `in ${workers} workers`} of this browser, by {engine}.
      </p>
      {failures.length === 0 ? undefined : (
        <ul className="mt-2 flex flex-col gap-1 text-xs">
          {failures.map(({ at, check, message }) => (
            <li key={at}>
              <code className="font-mono">{nameOf(at)}</code> fails at <code className="font-mono">{check}</code>:{" "}
              {plainText(message)}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
