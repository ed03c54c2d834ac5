import { CircleCheck, CircleDashed, CircleX, LoaderCircle } from "lucide-react";
import { formatDuration } from "../../ui/time.tsx";
import { isUnderWay } from "./deployment-queries.ts";
import type { Deployment } from "./deployment-queries.ts";

/** What comes after one another; `evaluating` only where there is a gate. */
const STEPS = ["fetch", "build", "release", "health check", "switch"];
const ICONS = { done: CircleCheck, failed: CircleX, running: LoaderCircle, waits: CircleDashed };
const TONES = { done: "text-good", failed: "text-bad", running: "text-info", waits: "text-muted" };

export function StepStrip({ deployment: { steps, status } }: { readonly deployment: Deployment }) {
  const names = [...new Set([...steps.map(({ name }) => name), ...(isUnderWay({ status }) ? STEPS : [])])];
  return (
    <ol aria-label="Stages" className="grid grid-cols-2 gap-2 sm:flex sm:flex-wrap">
      {names.map((name) => {
        const step = steps.find((each) => each.name === name);
        const state =
          step === undefined ? "waits" : step.status === "running" && !isUnderWay({ status }) ? "failed" : step.status;
        const Icon = ICONS[state];
        return (
          <li
            key={name}
            className="flex min-w-0 flex-1 items-center gap-2 rounded-lg border border-line bg-panel px-3 py-2"
          >
            <Icon
              size={17}
              aria-hidden
              className={`shrink-0 ${TONES[state]} ${state === "running" ? "motion-safe:animate-pulse" : ""}`}
            />
            <span className="min-w-0">
              <span className="block truncate font-medium">{name}</span>
              <span className="block text-xs text-muted">
                {state}
                {step?.ms === undefined ? "" : ` · ${formatDuration(step.ms * 1_000)}`}
              </span>
            </span>
          </li>
        );
      })}
    </ol>
  );
}
