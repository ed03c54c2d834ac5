import type { JournalLine, JournalRecord } from "@berth/store";
import { divideHalfEven } from "./round-half-even.ts";
import { callerAccount, ownerAccount, PLATFORM_ACCOUNT } from "./post-run.ts";

/**
 * The run's lines turned around, in part. The platform gives back its share of everything refunded so far, less what it
 * gave already: however a charge is refunded in parts, in the end each account is as if it had not been.
 */
export function refundLines(journals: readonly JournalRecord[], micros: number): readonly JournalLine[] {
  const [run, ...earlier] = journals;
  if (run === undefined) throw new Error("a refund is of a run");
  const refunded = -earlier.reduce((sum, { amountMicros }) => sum + amountMicros, 0);
  const charged = -sumOf([run], PLATFORM_ACCOUNT);
  const part = divideHalfEven(BigInt(charged) * BigInt(refunded + micros), BigInt(run.amountMicros));
  const platform = Number(part) - sumOf(earlier, PLATFORM_ACCOUNT);
  const lines = [
    { account: callerAccount(run.principalId), amountMicros: -micros },
    { account: ownerAccount(run.agentId), amountMicros: micros - platform },
    { account: PLATFORM_ACCOUNT, amountMicros: platform },
  ];
  return lines.filter(({ amountMicros }) => amountMicros !== 0);
}

function sumOf(journals: readonly JournalRecord[], account: string): number {
  return journals
    .flatMap(({ lines }) => lines)
    .reduce((sum, line) => (line.account === account ? sum + line.amountMicros : sum), 0);
}
