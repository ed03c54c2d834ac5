import { TaskState } from "@berth/protocol";
import type { AcceptedEvent, Reason } from "@berth/protocol";
import type { JournalLine, RunJournal, Store } from "@berth/store";
import { PriceBook } from "./price-book.ts";
import { amountOf, platformPart } from "./price.ts";
import type { Price, RunUse } from "./price.ts";

/** How a run ends, as far as its bill depends on it. */
interface RunEnd {
  readonly accepted: AcceptedEvent;
  readonly at: string;
  readonly state: TaskState;
  readonly reason?: Reason;
  readonly use: RunUse;
  readonly models?: readonly string[];
}

/** The journal of a run that is about to end. On the path of every call: one read per release, then none. */
export type JournalOf = (end: RunEnd) => Promise<RunJournal>;

const MAX_SKILL = 160;

export function createJournalOf(store: Pick<Store, "agents">): JournalOf {
  const prices = new PriceBook(store);
  return async (end) => {
    const { accepted, at, use, models = [] } = end;
    const price = await prices.priceOf(accepted.orgId, accepted.releaseId);
    const amount = price === undefined || !isCharged(end) ? 0n : amountOf(price, use);
    return {
      at,
      agentName: accepted.agentName,
      ...(accepted.skill === undefined ? {} : { skill: storable(accepted.skill) }),
      ...(models.length === 0 ? {} : { models: models.toSorted() }),
      ...(price === undefined ? {} : { price: price.version }),
      currency: "USD",
      // At most a million dollars, see price.ts.
      amountMicros: Number(amount),
      elapsedMs: use.elapsedMs,
      inputTokens: use.inputTokens,
      outputTokens: use.outputTokens,
      lines: price === undefined || amount === 0n ? [] : linesOf(price, amount, accepted),
    };
  };
}

/**
 * What was delivered, and what the caller ended: by canceling, or by the most that it would spend. Runs that failed, were
 * rejected or were cut off by the platform cost nothing.
 */
function isCharged({ state, reason }: RunEnd): boolean {
  if (state === TaskState.Completed || state === TaskState.Canceled) return true;
  return state === TaskState.Failed && reason === "BUDGET_EXCEEDED";
}

function linesOf(price: Price, amount: bigint, { agentId, principal }: AcceptedEvent): readonly JournalLine[] {
  const platform = platformPart(price, amount);
  const lines = [
    { account: callerAccount(principal.id), amountMicros: Number(amount) },
    { account: ownerAccount(agentId), amountMicros: -Number(amount - platform) },
    { account: PLATFORM_ACCOUNT, amountMicros: -Number(platform) },
  ];
  return lines.filter(({ amountMicros }) => amountMicros !== 0);
}

/** Accounts are the organization's; it is a column of its own. */
export const PLATFORM_ACCOUNT = "platform";

export function callerAccount(principalId: string): string {
  return `caller:${principalId}`;
}

export function ownerAccount(agentId: string): string {
  return `agent:${agentId}`;
}

/** Callers may name a skill as they like; what no text column holds must not keep a run from ending. */
function storable(skill: string): string {
  return skill.slice(0, MAX_SKILL).toWellFormed().replaceAll("\u0000", "\u{FFFD}");
}
