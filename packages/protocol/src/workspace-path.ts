import { PlatformError } from "./errors.ts";

export const MAX_PATH_BYTES = 1_024;
const MAX_SEGMENT_BYTES = 255;
export const MAX_PATH_DEPTH = 32;

/**
 * Paths of workspace files: segments joined by `/`, never at its ends. A path is a key, in one spelling, and means the
 * same to every system it may be exported to; what does not fit is refused and never mended, because whoever mends and
 * whoever checks must then agree for ever. Attacker-controlled.
 *
 * Refused: what is not well-formed Unicode in NFC; control, format, private and unassigned characters (bidi, zero
 * width; the two joiners that scripts and emoji need are allowed); `\`; `*` and `?`, so that a path is a glob that
 * matches itself alone; empty, `.` and `..` segments; a space or dot at a segment's end; device names and drive letters
 * of Windows; `%` before two hex digits, which a second decoding would turn into something else; what turns into any of
 * these in compatibility form (NFKC: fullwidth dots and slashes).
 * @returns the same text. @throws PlatformError PATH_INVALID
 */
export function parseWorkspacePath(value: unknown): string {
  if (typeof value !== "string") throw invalid("it must be text");
  const objection = pathObjection(value);
  if (objection !== undefined) throw invalid(objection);
  return value;
}

/** A path with `/` at its end: everything below it. @throws PlatformError PATH_INVALID */
export function parsePathPrefix(value: unknown): string {
  if (typeof value !== "string" || !value.endsWith("/")) throw invalid("a prefix must end with /");
  if (value.length > MAX_PATH_BYTES) throw invalid(TOO_LONG);
  const objection = pathObjection(value.slice(0, -1));
  if (objection !== undefined) throw invalid(objection);
  return value;
}

/** Whether the path lies below a prefix, by whole segments: `a/b/` has `a/b/c` below it, neither `a/b` nor `a/bc`. */
export function isBelow(prefix: string, path: string): boolean {
  // Without the slash it would compare characters and let `run_10` pass as `run_1`.
  return prefix.length > 1 && prefix.endsWith("/") && path.length > prefix.length && path.startsWith(prefix);
}

/** Why this is no path; undefined when it is one. */
export function pathObjection(value: string): string | undefined {
  // A character is one byte or more: most of what is too long is refused before it is looked at.
  if (value.length > MAX_PATH_BYTES || byteLength(value) > MAX_PATH_BYTES) return TOO_LONG;
  if (/^[A-Za-z]:/.test(value)) return "it must not begin with a drive letter";
  const segments = value.split("/");
  if (segments.length > MAX_PATH_DEPTH) return `it must have at most ${MAX_PATH_DEPTH} segments`;
  for (const segment of segments) {
    const objection = WILDCARD.test(segment) ? "it must not hold * or ?" : segmentObjection(segment);
    if (objection !== undefined) return objection;
  }
  return undefined;
}

/** Why this can be no segment of a path; says nothing about `*` and `?`. */
export function segmentObjection(segment: string): string | undefined {
  if (byteLength(segment) > MAX_SEGMENT_BYTES) return `a segment must have at most ${MAX_SEGMENT_BYTES} bytes`;
  // oxlint-disable-next-line no-control-regex -- they are what it looks for
  if (!/[^\u0000-\u007f]/.test(segment)) return plainObjection(segment);
  if (!segment.isWellFormed()) return "it must be well-formed Unicode";
  if (UNSEEN.test(segment)) return UNSEEN_REFUSED;
  if (segment.normalize("NFC") !== segment) return "it must be in Unicode normal form C";
  const objection = plainObjection(segment);
  if (objection !== undefined) return objection;
  const compatible = segment.normalize("NFKC");
  if (compatible.includes("/") || (WILDCARD.test(compatible) && !WILDCARD.test(segment))) {
    return "it must not hold look-alikes of /, * or ?";
  }
  return plainObjection(compatible);
}

function plainObjection(segment: string): string | undefined {
  if (segment === "" || segment === "." || segment === "..") return "it must not have empty, . or .. segments";
  // oxlint-disable-next-line no-control-regex -- they are what it looks for
  if (/[\u0000-\u001f\u007f]/.test(segment)) return UNSEEN_REFUSED;
  if (segment.includes("\\")) return "it must not hold a backslash";
  if (/[ .]$/.test(segment)) return "a segment must not end with a space or a dot";
  if (/%[0-9a-f]{2}/i.test(segment)) return "it must not be percent-encoded";
  if (DEVICE.test(segment)) return "it must not use a device name of Windows";
  return undefined;
}

const TOO_LONG = `it must have at most ${MAX_PATH_BYTES} bytes`;
const UNSEEN_REFUSED = "it must not hold control, format or unassigned characters";
const WILDCARD = /[*?]/;
/** Everything of category C but U+200C and U+200D; line and paragraph separators. */
const UNSEEN = /(?![\u200c\u200d])[\p{C}\p{Zl}\p{Zp}]/u;
/** With any extension, and spaces before it. The superscript digits count too. */
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])[ ]*(?:[.:]|$)/i;

function byteLength(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // Half of a pair counts as two bytes, the pair as four.
    if (unit > 0x7f) bytes += unit > 0x7_ff && (unit < 0xd8_00 || unit > 0xdf_ff) ? 2 : 1;
  }
  return bytes;
}

function invalid(why: string): PlatformError {
  return new PlatformError("PATH_INVALID", `The path is not valid: ${why}.`, {
    hint: "A path looks like reports/2026/summary.csv.",
  });
}
