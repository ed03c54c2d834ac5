import { CircleAlert, CircleCheck, CircleDot, CirclePause, CircleX, Moon } from "lucide-react";
import type { ComponentType } from "react";
import { Badge } from "./badge.tsx";
import type { Tone } from "./badge.tsx";

interface Look {
  readonly tone: Tone;
  readonly icon: ComponentType<{ readonly size?: number; readonly "aria-hidden"?: boolean }>;
}

const GOOD: Look = { tone: "good", icon: CircleCheck };
const BAD: Look = { tone: "bad", icon: CircleX };
const BUSY: Look = { tone: "info", icon: CircleDot };
const WAITS: Look = { tone: "warn", icon: CirclePause };
const QUIET: Look = { tone: "plain", icon: Moon };

/** How a state of anything looks: never by colour alone. */
const LOOKS: Readonly<Record<string, Look>> = {
  completed: GOOD,
  live: GOOD,
  ready: GOOD,
  passed: GOOD,
  approved: GOOD,
  ok: GOOD,
  delivered: GOOD,
  attached: GOOD,
  active: GOOD,
  done: GOOD,
  failed: BAD,
  rejected: BAD,
  denied: BAD,
  error: BAD,
  dead: BAD,
  drifted: BAD,
  expired: BAD,
  crash_loop: BAD,
  canceled: { tone: "plain", icon: CircleX },
  working: BUSY,
  submitted: BUSY,
  running: BUSY,
  pushing: BUSY,
  releasing: BUSY,
  healthy: BUSY,
  starting: BUSY,
  draining: BUSY,
  queued: BUSY,
  building: BUSY,
  "input required": WAITS,
  "auth required": WAITS,
  requested: WAITS,
  pending: WAITS,
  sleeping: QUIET,
  remote: QUIET,
  detached: QUIET,
  stopped: QUIET,
};

/** `TASK_STATE_INPUT_REQUIRED`, `input-required` and `INPUT_REQUIRED` are all "input required". */
export function stateName(state: string): string {
  return state
    .replace(/^TASK_STATE_/, "")
    .toLowerCase()
    .replaceAll(/[_-]/g, " ");
}

export function StateBadge({ state }: { readonly state: string }) {
  const name = stateName(state);
  const { tone, icon: Icon } = LOOKS[name] ?? LOOKS[state] ?? { tone: "plain" as const, icon: CircleAlert };
  return (
    <Badge tone={tone}>
      <Icon size={12} aria-hidden />
      {name}
    </Badge>
  );
}
