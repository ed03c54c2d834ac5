import { isAnySegments, matchSegments, segmentsOf } from "./glob-match.ts";

const MAX_PATTERN_LENGTH = 256;
const MAX_ANY_SEGMENTS = 8;
/** Longer paths are matched by no pattern: the work of a match is the product of both lengths. */
const MAX_PATH_LENGTH = 4_096;

/**
 * The path of a URL as its server will surely understand it, each segment decoded once. Undefined where two servers may
 * read two paths: a separator or a dot segment behind an escape or path parameters, an escape of an escape, an empty
 * segment. Such a path may not be compared with a rule.
 */
export function plainUrlPath(pathname: string): string | undefined {
  if (!pathname.startsWith("/") || pathname.length > MAX_PATH_LENGTH) return undefined;
  const segments = pathname.slice(1).split("/");
  const plain: string[] = [];
  for (const [index, segment] of segments.entries()) {
    const text = decoded(segment);
    // oxlint-disable-next-line no-control-regex -- control characters are what this refuses
    if (text === undefined || /[/\\%\u0000-\u001f\u007f]/.test(text)) return undefined;
    if (/^\.{1,2}(?:;|$)/.test(text)) return undefined;
    if (text === "" && index < segments.length - 1) return undefined;
    plain.push(text);
  }
  return `/${plain.join("/")}`;
}

/** Why this is no pattern for the paths of URLs; undefined when it is one. */
export function urlPathObjection(pattern: string): string | undefined {
  if (!pattern.startsWith("/")) return "must begin with /";
  if (pattern.length > MAX_PATTERN_LENGTH) return `must have at most ${MAX_PATTERN_LENGTH} characters`;
  if (plainUrlPath(pattern.replaceAll("*", "x").replaceAll("?", "x")) === undefined) {
    return "must be a path without query, escapes of / or %, empty or dot segments";
  }
  if (/[#%]/.test(pattern)) return "must have its characters as they are, without escapes";
  const segments = segmentsOf(pattern.slice(1));
  if (segments.some((segment) => segment.text.includes("**") && !isAnySegments(segment))) {
    return "must have ** only as a segment of its own";
  }
  if (segments.filter(isAnySegments).length > MAX_ANY_SEGMENTS) return `must have at most ${MAX_ANY_SEGMENTS} **`;
  return pattern.includes("**/**") ? "must not have two ** in a row" : undefined;
}

/**
 * Whether a rule's pattern matches: `?` is one character, `*` any number of them within a segment, `**` any number of
 * segments, at the end at least one. A path that could be read in two ways matches nothing.
 */
export function matchesUrlPath(pattern: string, pathname: string): boolean {
  const path = plainUrlPath(pathname);
  if (path === undefined) return false;
  return matchSegments(segmentsOf(pattern.slice(1)), segmentsOf(path.slice(1)), { steps: 0 });
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
