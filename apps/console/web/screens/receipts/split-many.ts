import type { ManyVerdict } from "./verify-messages.ts";

const MAX_FAILURES = 20;

export interface Part {
  /** The place of its first text among all. */
  readonly from: number;
  readonly texts: readonly string[];
}

/** Runs of neighbours, as even as can be, so that a verdict's place among all is its place in its part plus where that begins. */
export function splitMany(texts: readonly string[], parts: number): readonly Part[] {
  const bounds = Array.from({ length: parts + 1 }, (_, n) => Math.round((n * texts.length) / parts));
  return bounds.slice(0, -1).map((from, n) => ({ from, texts: texts.slice(from, bounds[n + 1]) }));
}

/** One verdict of those of the parts, as if one had judged all: failures stand by their place, the first bad one first. */
export function joinMany(
  parts: readonly { readonly from: number; readonly verdict: ManyVerdict }[],
  { workers, ms }: { readonly workers: number; readonly ms: number },
): ManyVerdict {
  const sum = (of: (verdict: ManyVerdict) => number): number =>
    parts.reduce((total, { verdict }) => total + of(verdict), 0);
  const failures = parts.flatMap(({ from, verdict }) =>
    verdict.failures.map((failure) => ({ ...failure, at: from + failure.at })),
  );
  return {
    kind: "many",
    engine: parts[0]?.verdict.engine ?? "",
    workers,
    ms,
    total: sum(({ total }) => total),
    held: sum(({ held }) => held),
    failures: failures.toSorted((a, b) => a.at - b.at).slice(0, MAX_FAILURES),
  };
}
