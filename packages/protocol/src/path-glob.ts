import { invalidParams } from "./errors.ts";
import type { FieldViolation } from "./errors.ts";
import { coversPattern, isAnySegments, matchSegments, segmentsOf } from "./glob-match.ts";
import type { Meter, Segment } from "./glob-match.ts";
import { MAX_PATH_DEPTH, segmentObjection } from "./workspace-path.ts";

export const MAX_GLOBS = 64;
const MAX_GLOB_LENGTH = 256;
const MAX_GLOB_ANY_SEGMENTS = 8;
/** Of all patterns of one list. Keeps a match of the whole list under a millisecond, and the list within a grant. */
export const MAX_GLOBS_LENGTH = 2_048;

/** Patterns that were checked once. */
export interface PathGlobs {
  readonly patterns: readonly string[];
  /** Whether one of them matches this path. */
  matches(path: string): boolean;
  /** Whether one of them could match some path below this prefix, which ends with `/`, or is empty for everything. */
  mayMatchBelow(prefix: string): boolean;
}

/**
 * Globs of workspace paths: `?` is one character and `*` any number of them within a segment; `**`, a segment of its
 * own, is any number of segments, at the end at least one. Everything else is itself: there are no braces, classes,
 * negation or escapes, letters keep their case, and a dot at the beginning is nothing special. A list matches what any
 * of its patterns matches; an empty one matches nothing.
 * @throws PlatformError INVALID_PARAMS naming each pattern that is refused, as `<field>[i]`.
 */
export function compileGlobs(patterns: readonly string[], field: string = "globs"): PathGlobs {
  const violations = globViolations(patterns, field);
  if (violations.length > 0) throw invalidParams(violations);
  return globsOf(patterns, { steps: 0 });
}

/** Why these are no globs; empty when they are. */
export function globViolations(patterns: readonly string[], field: string): readonly FieldViolation[] {
  if (patterns.length > MAX_GLOBS) return [{ field, description: `must be at most ${MAX_GLOBS} patterns` }];
  if (patterns.reduce((sum, pattern) => sum + pattern.length, 0) > MAX_GLOBS_LENGTH) {
    return [{ field, description: `must have at most ${MAX_GLOBS_LENGTH} characters in all` }];
  }
  return patterns.flatMap((pattern, i) => {
    const description = globObjection(pattern);
    return description === undefined ? [] : [{ field: `${field}[${i}]`, description }];
  });
}

/**
 * Whether everything that the inner globs match is matched by the outer ones. It errs on the side of no: each inner
 * pattern must lie within a single outer one.
 * @throws PlatformError INVALID_PARAMS for patterns that `compileGlobs` refuses.
 */
export function isWithin(inner: readonly string[], outer: readonly string[]): boolean {
  const [narrow, wide] = [inner, outer].map((patterns) => compileGlobs(patterns).patterns.map(segmentsOf));
  const meter: Meter = { steps: 0 };
  return narrow?.every((pattern) => wide?.some((candidate) => coversPattern(candidate, pattern, meter))) === true;
}

/** As `compileGlobs` without its checks. `meter` counts the comparisons of all matches. */
export function globsOf(patterns: readonly string[], meter: Meter): PathGlobs {
  const compiled = patterns.map(segmentsOf);
  return {
    patterns: [...patterns],
    matches(path) {
      const segments = segmentsOf(path);
      return compiled.some((pattern) => matchSegments(pattern, segments, meter));
    },
    mayMatchBelow(prefix) {
      const segments = prefix === "" ? [] : segmentsOf(prefix.slice(0, -1));
      return compiled.some((pattern) => mayGoOn(pattern, segments, meter));
    },
  };
}

/** Whether the segments may begin a longer path that the pattern matches. Behind a `**` anything may follow. */
function mayGoOn(pattern: readonly Segment[], segments: readonly Segment[], meter: Meter): boolean {
  const open = pattern.findIndex(isAnySegments);
  if (open === -1 && pattern.length <= segments.length) return false;
  const fixed = pattern.slice(0, Math.min(open === -1 ? pattern.length : open, segments.length));
  return matchSegments(fixed, segments.slice(0, fixed.length), meter);
}

function globObjection(pattern: string): string | undefined {
  if (pattern.length > MAX_GLOB_LENGTH) return `must have at most ${MAX_GLOB_LENGTH} characters`;
  const segments = segmentsOf(pattern);
  if (segments.length > MAX_PATH_DEPTH) return `must have at most ${MAX_PATH_DEPTH} segments`;
  if (segments.filter(isAnySegments).length > MAX_GLOB_ANY_SEGMENTS) {
    return `must have at most ${MAX_GLOB_ANY_SEGMENTS} **`;
  }
  if (pattern.includes("**/**")) {
    return "must not have two ** in a row";
  }
  if (/^[A-Za-z]:/.test(pattern)) return "is no path: it must not begin with a drive letter";
  for (const segment of segments) {
    if (isAnySegments(segment)) continue;
    if (segment.text.includes("**")) return "must have ** only as a segment of its own";
    // A pattern that no path can match would be a mistake: with its wildcards filled in it must be a path's.
    const objection = segmentObjection(segment.text.replaceAll(/[*?]/g, "x"));
    if (objection !== undefined) return `is no path with wildcards: ${objection}`;
  }
  return undefined;
}
