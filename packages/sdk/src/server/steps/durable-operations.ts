import { SCOPE_REQUEST_METADATA, TaskState } from "@berth/protocol";
import type { JsonObject, JsonValue, Message } from "@berth/protocol";
import type { CallOptions, ScopeWish, SleepTime } from "../../context.ts";
import type { RunServices } from "../../services/run-services.ts";
import type { Replay } from "./replay.ts";

const LONGEST_SECONDS = 10 * 366 * 86_400;

/** How a durable run asks for more than its grant allows. */
export async function requestScopeDurably(
  replay: Replay,
  services: RunServices,
  wish: ScopeWish,
  say: (text: string, metadata: JsonObject) => Message,
): Promise<void> {
  await replay.leave({ name: "scope:", shows: true }, async (step) => {
    const { approvalId, expiresAt, state } = await services.requestScope(wish, step);
    if (state !== "pending") return { result: await services.waitForApproval(approvalId) };
    return { pending: { state: TaskState.AuthRequired, message: scopeMessage(say, wish, { approvalId, expiresAt }) } };
  });
}

/** What callers see while a person decides. */
export function scopeMessage(
  say: (text: string, metadata: JsonObject) => Message,
  { read = [], write, reason }: ScopeWish,
  { approvalId, expiresAt }: { readonly approvalId: string; readonly expiresAt: string },
): Message {
  const request = { approvalId, read, reason, expiresAt, ...(write === undefined ? {} : { write }) };
  const text = `This needs an approval: ${reason} (a2a approvals show ${approvalId})`;
  return say(text, { [SCOPE_REQUEST_METADATA]: request });
}

/** How a durable run calls a skill of another agent: once, whatever becomes of this execution. */
export async function callDurably(
  replay: Replay,
  services: RunServices,
  {
    agent,
    skill,
    input,
    options,
  }: {
    readonly agent: string;
    readonly skill: string;
    readonly input: JsonValue;
    readonly options: CallOptions | undefined;
  },
): Promise<JsonValue> {
  return await replay.leave({ name: `call:${agent}/${skill}`, shows: false }, async (step) => {
    const outcome = await services.callOnce({ agent, skill, input, options }, step);
    return "pending" in outcome ? { pending: undefined } : outcome;
  });
}

/** @throws Error for what is no time to come, or too long */
export function sleepOf(wait: SleepTime | Date): { readonly inSeconds: number } | { readonly until: string } {
  if (wait instanceof Date) {
    if (Number.isNaN(wait.getTime())) throw new Error("ctx.sleep: the date is not a moment.");
    return { until: wait.toISOString() };
  }
  const { seconds = 0, minutes = 0, hours = 0, days = 0 } = wait;
  const inSeconds = seconds + 60 * (minutes + 60 * (hours + 24 * days));
  if (inSeconds >= 0 && inSeconds <= LONGEST_SECONDS) return { inSeconds };
  throw new Error("ctx.sleep: it takes a time from now of at most ten years.");
}
