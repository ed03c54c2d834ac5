import { RUN_USAGE_EXTENSION, SKILL_CALL_METADATA, TURN_POLICY_METADATA } from "@berth/protocol";
import type { AgentExtension } from "@berth/protocol";

/** What the platform adds to every agent; each has its page in docs/reference/extensions. */
export const PLATFORM_EXTENSIONS: readonly AgentExtension[] = [
  {
    uri: "https://berth.dev/extensions/stream-sequence/v1",
    description: "Events of a stream are numbered; a stream resumes after the number in Last-Event-ID or ?after=.",
  },
  {
    uri: "https://berth.dev/extensions/idempotent-send/v1",
    description: "A send that is repeated, with its Idempotency-Key or messageId, is answered and not done again.",
  },
  {
    uri: SKILL_CALL_METADATA,
    description: "A message's metadata names the skill that it calls, with its input.",
  },
  {
    uri: TURN_POLICY_METADATA,
    description:
      "A message says whether it waits for the running turn of its task, is refused, or is for that turn: queue, reject or steer.",
  },
  {
    uri: RUN_USAGE_EXTENSION,
    description:
      "A task's metadata says how long it took, in how many turns and events, and what the agent reports to have used.",
  },
];
