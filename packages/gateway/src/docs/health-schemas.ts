import { choice, described, instant, integer, list, object, text } from "./json-schema.ts";
import type { JsonSchema } from "./json-schema.ts";

export const AGENT_HEALTH: JsonSchema = object({
  state: choice("sleeping", "starting", "ready", "draining", "failing", "crashlooping"),
  restarts: described("Instances that ended badly since the platform started.", integer),
  "retryAt?": described("When a call may start an instance again.", instant),
  "reason?": described(
    "What last went wrong.",
    choice(
      "crashed",
      "out_of_memory",
      "hung",
      "leaked",
      "start_failed",
      "slow_start",
      "port_never_opened",
      "card_invalid",
    ),
  ),
  "since?": instant,
  "release?": text,
  "detail?": text,
  "instanceId?": text,
  "output?": described("The last lines it printed; for those who may read its log.", text),
});

/** Of an agent on a developer's machine. */
export const ATTACHED: JsonSchema = object({
  machine: described("Null while nobody has been attached since the platform started.", { type: ["string", "null"] }),
  since: { type: ["string", "null"] },
  "clockSkewMs?": described("What its clock is ahead of ours.", integer),
});

export const WAKE_LIST: JsonSchema = object({
  wakes: list(
    object({
      at: instant,
      instanceId: text,
      release: text,
      reason: choice("call", "check", "min", "load"),
      "by?": described("The principal whose call it was.", text),
      "taskId?": text,
      roomMs: described("Until there was room on the machine.", integer),
      startMs: described("From then on until it was up.", integer),
      outcome: choice("ready", "failed", "canceled"),
      "detail?": described("Why it failed, or how it came up: `warm`, or `cold` and why.", text),
    }),
  ),
});
