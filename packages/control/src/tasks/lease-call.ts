import type { AgentWithRelease } from "@berth/store";
import type { CallGate, CallLease } from "../limits/call-gate.ts";
import type { AcceptOptions, AcceptedTurn, CallContext } from "./task-engine.ts";

export type LeasedOptions = AcceptOptions & { readonly lease?: CallLease | undefined };

/**
 * Accepts a call that has its place among those under way. It gives the place back where no turn begins; else the turn
 * does. @throws RATE_LIMITED, BUDGET_EXCEEDED, and what `accept` throws
 */
export async function leaseCall(
  calls: Pick<CallGate, "enter"> | undefined,
  { principal, ip }: CallContext,
  agent: AgentWithRelease,
  options: AcceptOptions,
  accept: (options: LeasedOptions) => Promise<AcceptedTurn>,
): Promise<AcceptedTurn> {
  const maxCost = options.parent?.grant?.scope.maxCost;
  const lease = await calls?.enter({
    principal,
    agent,
    ...(ip === undefined ? {} : { ip }),
    ...(maxCost === undefined ? {} : { maxCost }),
  });
  try {
    const turn = await accept({ ...options, lease });
    if (turn.replayed) lease?.release();
    return turn;
  } catch (error) {
    lease?.release();
    throw error;
  }
}
