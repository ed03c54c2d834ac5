/**
 * `breaking`: callers that got along with the old one may not with the new one. `compatible`: there is more than before, or
 * less is asked for. `cosmetic`: only words for people.
 */
export type ChangeLevel = "breaking" | "compatible" | "cosmetic";

export interface CardChange {
  readonly kind: "added" | "removed" | "changed";
  /** "skill summarize", "skill summarize: input /limit". */
  readonly what: string;
  readonly from?: string;
  readonly to?: string;
  readonly level: ChangeLevel;
  /** Of a breaking one: why. */
  readonly breaks?: string;
}

/** Everything of a change but its level, which follows from whether it breaks. */
type Said = Omit<CardChange, "level">;

export function change(said: Said): CardChange {
  return { ...said, level: said.breaks === undefined ? "compatible" : "breaking" };
}

export function cosmetic(said: Omit<Said, "breaks">): CardChange {
  return { ...said, level: "cosmetic" };
}

/** Of a whole list; `none` when it is empty. */
export function changeClass(changes: readonly Pick<CardChange, "level">[]): ChangeLevel | "none" {
  const levels = ["breaking", "compatible", "cosmetic"] as const;
  return levels.find((level) => changes.some((each) => each.level === level)) ?? "none";
}

/** What breaks first, words last; else as they came. */
export function byLevel(changes: readonly CardChange[]): readonly CardChange[] {
  const rank = { breaking: 0, compatible: 1, cosmetic: 2 };
  return changes.toSorted((a, b) => rank[a.level] - rank[b.level]);
}

/** Names that are gone and names that are new. `gone`, `fresh`: why that breaks, where it does. */
export function keyed(
  what: string,
  { before, after }: { readonly before: readonly string[]; readonly after: readonly string[] },
  { gone, fresh }: { readonly gone?: string; readonly fresh?: string },
): readonly CardChange[] {
  return [
    ...missing(before, after).map((each) =>
      change({ kind: "removed", what: `${what} ${each}`, ...(gone === undefined ? {} : { breaks: gone }) }),
    ),
    ...missing(after, before).map((each) =>
      change({ kind: "added", what: `${what} ${each}`, ...(fresh === undefined ? {} : { breaks: fresh }) }),
    ),
  ];
}

/** Those of `these` that `those` lacks, once each. */
function missing(these: readonly string[], those: readonly string[]): readonly string[] {
  return [...new Set(these)].filter((each) => !those.includes(each));
}
