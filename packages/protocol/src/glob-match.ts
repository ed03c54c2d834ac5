/** A segment of a pattern or of a path, taken apart once. */
export interface Segment {
  readonly text: string;
  /** Code points: `?` stands for one character, also where that is two code units. */
  readonly points: Uint32Array;
  readonly wild: boolean;
}

/** Counts comparisons, so that tests can hold the matcher to its bound. */
export interface Meter {
  steps: number;
}

export function segmentsOf(text: string): readonly Segment[] {
  return text.split("/").map((text) => ({ text, points: pointsOf(text), wild: /[*?]/.test(text) }));
}

/** A segment that stands for any number of segments. */
export function isAnySegments({ text }: Segment): boolean {
  return text === "**";
}

/** `**` stands for zero or more segments, at the end of a pattern for one or more. */
export function matchSegments(pattern: readonly Segment[], path: readonly Segment[], meter: Meter): boolean {
  return twoPointers(pattern, path, (wanted, found) =>
    wanted.wild ? matchPoints(wanted.points, found.points, meter) : isSame(wanted, found, meter),
  );
}

/**
 * Whether everything the inner pattern matches is surely matched by the outer one: the inner is matched as if it were a
 * path, its wildcards being covered only by wildcards that are at least as wide. May say no for what is within.
 */
export function coversPattern(outer: readonly Segment[], inner: readonly Segment[], meter: Meter): boolean {
  return twoPointers(
    outer,
    inner,
    (wide, narrow) => !isAnySegments(narrow) && matchPoints(wide.points, narrow.points, meter),
  );
}

/**
 * Both walks have one place to return to: behind the last wildcard that takes any number. So every pair of parts is
 * compared at most once, which bounds the work by the product of the lengths, whatever they hold.
 */
function twoPointers(
  pattern: readonly Segment[],
  path: readonly Segment[],
  covers: (wanted: Segment, found: Segment) => boolean,
): boolean {
  let at = 0;
  let place = 0;
  let backAt = -1;
  let backPlace = 0;
  while (place < path.length) {
    const [wanted, found] = [pattern[at], path[place]];
    if (wanted !== undefined && isAnySegments(wanted)) {
      at += 1;
      // Nothing follows, and what is left is not empty.
      if (at === pattern.length) return true;
      backAt = at;
      backPlace = place;
    } else if (wanted !== undefined && found !== undefined && covers(wanted, found)) {
      at += 1;
      place += 1;
    } else if (backAt === -1) {
      return false;
    } else {
      at = backAt;
      backPlace += 1;
      place = backPlace;
    }
  }
  return at === pattern.length;
}

const STAR = 0x2a;
const ONE = 0x3f;

/** `text` may be a pattern itself: its `?` is then covered by `?`, its `*` by nothing but `*`. A path holds neither. */
function matchPoints(pattern: Uint32Array, text: Uint32Array, meter: Meter): boolean {
  let at = 0;
  let place = 0;
  let backAt = -1;
  let backPlace = 0;
  let steps = 0;
  while (place < text.length) {
    steps += 1;
    const wanted = pattern[at];
    const found = text[place];
    if (wanted === STAR) {
      at += 1;
      if (at === pattern.length) place = text.length;
      backAt = at;
      backPlace = place;
    } else if (found !== STAR && (wanted === found || wanted === ONE)) {
      at += 1;
      place += 1;
    } else if (backAt === -1) {
      break;
    } else {
      at = backAt;
      backPlace += 1;
      place = backPlace;
    }
  }
  meter.steps += steps;
  while (place === text.length && pattern[at] === STAR) at += 1;
  return place === text.length && at === pattern.length;
}

function isSame(wanted: Segment, found: Segment, meter: Meter): boolean {
  meter.steps += 1;
  return wanted.text === found.text;
}

function pointsOf(text: string): Uint32Array {
  const points = new Uint32Array(text.length);
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const point = text.codePointAt(i) ?? 0;
    if (point > 0xff_ff) i += 1;
    points[count++] = point;
  }
  return points.subarray(0, count);
}
