import type { RoomNeeded } from "./capacity.ts";

/** An instance that may be stopped for another one. */
export interface Candidate {
  readonly orgId: string;
  readonly memoryMb: number;
  /** Calls on it; one with calls takes no more of them and is stopped after the last. */
  readonly active: number;
  readonly lastUsedAt: number;
  /** Its release gets no new tasks. */
  readonly isLeft: boolean;
  /** `scale.min` wants it. */
  readonly isKept: boolean;
  readonly leave: () => void;
}

/**
 * The idle instance that is missed least: of a release that gets no new tasks, of whoever asks or has more than its share,
 * used longest ago. One that `scale.min` keeps goes last, and only for a call.
 */
export function idleVictim(candidates: readonly Candidate[], needed: RoomNeeded): Candidate | undefined {
  const isFair = ({ orgId }: Candidate): boolean => orgId === needed.orgId || needed.isAboveShare(orgId);
  const order = (one: Candidate): readonly number[] => [
    Number(one.isKept),
    Number(!one.isLeft),
    Number(!isFair(one)),
    one.lastUsedAt,
  ];
  return candidates.filter(({ active, isKept }) => active === 0 && (!isKept || needed.forCall)).sort(by(order))[0];
}

/**
 * When nothing is idle: an organization that has less than its share need not wait until another one, which has more,
 * happens to rest. The instance with the fewest calls finishes them and makes room.
 */
export function busyVictim(candidates: readonly Candidate[], needed: RoomNeeded): Candidate | undefined {
  if (!needed.belowShare || !needed.forCall) return undefined;
  const order = ({ active, lastUsedAt }: Candidate): readonly number[] => [active, lastUsedAt];
  return candidates
    .filter(({ orgId, active }) => active > 0 && orgId !== needed.orgId && needed.isAboveShare(orgId))
    .sort(by(order))[0];
}

function by(order: (one: Candidate) => readonly number[]): (a: Candidate, b: Candidate) => number {
  return (a, b) => {
    const [left, right] = [order(a), order(b)];
    const at = left.findIndex((value, index) => value !== right[index]);
    return at === -1 ? 0 : (left[at] ?? 0) - (right[at] ?? 0);
  };
}
