import type { ChangeLevel } from "./card-change.ts";

/**
 * What semantic versioning would have said of such a change, when the card's version says less; undefined when it fits, or
 * is none. Before 1.0.0 anything may change with the second number.
 */
export function semverHint(level: ChangeLevel | "none", from: string, to: string): string | undefined {
  const [old, now] = [partsOf(from), partsOf(to)];
  if (level === "none" || level === "cosmetic" || old === undefined || now === undefined) return undefined;
  const [major, minor] = old;
  const wanted: Version = level === "breaking" && major > 0 ? [major + 1, 0, 0] : [major, minor + 1, 0];
  if (compare(now, wanted) >= 0) return undefined;
  const what = level === "breaking" ? "a breaking change" : "an addition";
  return `the version goes from ${old.join(".")} to ${now.join(".")}; ${what} calls for ${wanted.join(".")}`;
}

type Version = readonly [number, number, number];

function partsOf(text: string): Version | undefined {
  const [, major, minor, patch] = /^v?(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:[-+].{0,100})?$/.exec(text) ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor), Number(patch)];
}

function compare(a: Version, b: Version): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}
