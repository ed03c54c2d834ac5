import { Circle, CircleCheck, CircleDashed, CircleX } from "lucide-react";
import { plainText } from "../../ui/plain-text.ts";
import type { BundleVerdict } from "./verify-messages.ts";
import { shownSteps } from "./verify-steps.ts";
import type { ShownStep } from "./verify-steps.ts";

const LOOKS = {
  held: { icon: CircleCheck, tone: "text-good", word: "holds" },
  failed: { icon: CircleX, tone: "text-bad", word: "does not hold" },
  skipped: { icon: CircleDashed, tone: "text-muted", word: "not looked at" },
  unasked: { icon: Circle, tone: "text-muted", word: "nothing to check" },
} as const;

/** Step by step what was checked, and what each step proves; briefly, only what became of it. */
export function StepsView({
  verdict,
  isBrief = false,
}: {
  readonly verdict: BundleVerdict;
  readonly isBrief?: boolean;
}) {
  return (
    <ol aria-label={isBrief ? "Steps of the forgery" : "Steps of the verification"} className="flex flex-col">
      {shownSteps(verdict).map((step, at) => (
        <Step key={step.check} step={step} number={at + 1} isBrief={isBrief} />
      ))}
    </ol>
  );
}

function Step({
  step,
  number,
  isBrief,
}: {
  readonly step: ShownStep;
  readonly number: number;
  readonly isBrief: boolean;
}) {
  const { icon: Icon, tone, word } = LOOKS[step.state];
  return (
    <li
      data-check={step.check}
      data-state={step.state}
      className={`flex gap-2.5 border-l-2 border-line pl-3 ${isBrief ? "py-0.5" : "py-1.5"}`}
    >
      <Icon size={16} aria-hidden className={`mt-0.5 shrink-0 ${tone}`} />
      <div className="min-w-0">
        <p className="flex flex-wrap items-baseline gap-x-2 text-sm">
          <span className="font-medium">
            {number}. {step.title}
          </span>
          <span className={`text-xs font-medium ${tone}`}>{word}</span>
        </p>
        {isBrief ? undefined : <p className="text-xs text-muted">{step.proves}</p>}
        {step.message === undefined ? undefined : (
          <p className="text-xs font-medium text-bad">{plainText(step.message)}</p>
        )}
      </div>
    </li>
  );
}
