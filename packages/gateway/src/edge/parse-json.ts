import { PlatformError } from "@berth/protocol";

const QUOTE = 34;
const BACKSLASH = 92;

/** @throws PARSE_ERROR, REQUEST_TOO_DEEP, INVALID_REQUEST for a key that would reach an object's prototype. */
export function parseJson(text: string, maxDepth: number): unknown {
  // Before parsing: a parser that recurses is what depth is dangerous to.
  if (isDeeperThan(text, maxDepth)) {
    throw new PlatformError("REQUEST_TOO_DEEP", `The body nests deeper than ${maxDepth} levels.`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new PlatformError("PARSE_ERROR", "The body is not valid JSON.", { cause });
  }
  // The key may be written with escapes, so these two are what every spelling of it has.
  if (text.includes("__proto__") || text.includes("\\u00")) refusePrototypeKeys(value);
  return value;
}

function refusePrototypeKeys(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  if (Object.hasOwn(value, "__proto__")) {
    throw new PlatformError("INVALID_REQUEST", `The body has a key named "__proto__", which is not accepted.`);
  }
  for (const each of Object.values(value)) refusePrototypeKeys(each);
}

export function isDeeperThan(text: string, maxDepth: number): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      i = endOfString(text, i + 1);
    } else if (code === 123 || code === 91) {
      depth++;
      if (depth > maxDepth) return true;
    } else if (code === 125 || code === 93) {
      depth--;
    }
  }
  return false;
}

/** Index of the closing quote; the end of the text when there is none. */
function endOfString(text: string, start: number): number {
  let i = text.indexOf('"', start);
  while (i !== -1 && isEscaped(text, i)) i = text.indexOf('"', i + 1);
  return i === -1 ? text.length : i;
}

function isEscaped(text: string, index: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(index - 1 - backslashes) === BACKSLASH) backslashes++;
  return backslashes % 2 === 1;
}
