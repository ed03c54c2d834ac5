import { closedLoop } from "./closed-loop.ts";
import type { Sample, Subject } from "./closed-loop.ts";
import { median } from "./statistics.ts";

export interface Comparison {
  readonly connections: number;
  readonly berthPerSecond: number;
  readonly sdkPerSecond: number;
  readonly ratio: number;
  readonly lowestRoundRatio: number;
  readonly berthP50Ms: number;
  readonly berthP99Ms: number;
  readonly sdkP99Ms: number;
  readonly errors: number;
}

export interface RoundsOptions {
  readonly connections: number;
  readonly rounds: number;
  readonly seconds: number;
}

/** Both under the same load in rounds that alternate, so that a noisy machine disturbs both alike. */
export async function compareInRounds(
  berth: Subject,
  sdk: Subject,
  { connections, rounds, seconds }: RoundsOptions,
): Promise<Comparison> {
  const ours: Sample[] = [];
  const theirs: Sample[] = [];
  for (const each of [berth, sdk]) await closedLoop(each, { connections, seconds: Math.min(1, seconds) });
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? [berth, sdk] : [sdk, berth];
    for (const each of order) {
      const sample = await closedLoop(each, { connections, seconds });
      (each === berth ? ours : theirs).push(sample);
    }
  }
  const berthPerSecond = median(ours.map(({ perSecond }) => perSecond));
  const sdkPerSecond = median(theirs.map(({ perSecond }) => perSecond));
  const ratios = ours.map(({ perSecond }, i) => perSecond / (theirs[i]?.perSecond ?? Number.NaN));
  return {
    connections,
    berthPerSecond: Math.round(berthPerSecond),
    sdkPerSecond: Math.round(sdkPerSecond),
    ratio: round2(berthPerSecond / sdkPerSecond),
    lowestRoundRatio: round2(Math.min(...ratios)),
    berthP50Ms: round2(median(ours.map(({ p50Ms }) => p50Ms))),
    berthP99Ms: round2(median(ours.map(({ p99Ms }) => p99Ms))),
    sdkP99Ms: round2(median(theirs.map(({ p99Ms }) => p99Ms))),
    errors: [...ours, ...theirs].reduce((sum, { errors }) => sum + errors, 0),
  };
}

function round2(value: number): number {
  return Number(value.toFixed(2));
}
