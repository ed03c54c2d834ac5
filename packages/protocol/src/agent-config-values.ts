import { globViolations } from "./path-glob.ts";
import type { Parser } from "./validation/place.ts";
import { isObject } from "./validation/proto-object.ts";

const MAX_ENV_VARIABLES = 128;
const MAX_ENV_VALUE_LENGTH = 32_768;

export function numberIn(min: number, max: number): Parser<number> {
  return (value, place) =>
    typeof value === "number" && value >= min && value <= max
      ? value
      : place.report(`must be a number from ${min} to ${max}`);
}

export function integerIn(min: number, max: number): Parser<number> {
  return (value, place) =>
    typeof value === "number" && Number.isInteger(value) && value >= min && value <= max
      ? value
      : place.report(`must be a whole number from ${min} to ${max}`);
}

/** Text, because JSON's numbers are binary fractions. */
export const decimalAmount: Parser<string> = (value, place) =>
  typeof value === "string" && /^\d{1,9}(?:\.\d{1,6})?$/.test(value)
    ? value
    : place.report('must be a decimal text with at most 6 decimals, such as "0.50"');

/** A file inside the agent's folder; whoever opens it resolves symbolic links on top of this. */
export const entryFile: Parser<string> = (value, place) => {
  if (typeof value !== "string" || value === "" || value.length > 255) {
    return place.report("must be a path of at most 255 characters");
  }
  const segments = value.replace(/^\.\//, "").split("/");
  const inside = segments.every((segment) => segment !== "" && segment !== "." && segment !== "..");
  // oxlint-disable-next-line no-control-regex -- control characters are what this refuses
  const plain = !/[\u0000-\u001f\\]/.test(value);
  return inside && plain
    ? segments.join("/")
    : place.report("must be a path inside the agent's folder, with / between names");
};

/** What an agent may read: a list of globs as grants have them. */
export const pathGlobs: Parser<readonly string[]> = (value, place) => {
  if (!Array.isArray(value) || !value.every((each) => typeof each === "string")) {
    return place.report("must be a list of texts");
  }
  const violations = globViolations(value, "");
  for (const { field, description } of violations) {
    const index = /^\[(\d+)\]$/.exec(field)?.[1];
    (index === undefined ? place : place.item(Number(index))).report(description);
  }
  return violations.length === 0 ? value : undefined;
};

export const tag: Parser<string> = (value, place) =>
  typeof value === "string" && value.trim() !== "" && value.length <= 64
    ? value
    : place.report("must be a text of 1 to 64 characters");

/** Whether the agent has such a skill is known only when its card was read. */
export const skillId: Parser<string> = (value, place) =>
  typeof value === "string" && value !== "" && value.length <= 256
    ? value
    : place.report("must be a skill's id of 1 to 256 characters");

/** RFC 6749 §3.3. */
export const oauthScope: Parser<string> = (value, place) =>
  typeof value === "string" && /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/.test(value)
    ? value
    : place.report("must be an OAuth scope of 1 to 128 printable characters without spaces");

const LABEL = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?";
const HOST = new RegExp(`^(?:\\*\\.${LABEL}\\.)?${LABEL}(?:\\.${LABEL})*$`);

/** `host`, `host:port`, `*.host`. A star over a top-level domain would be a hole, not a rule. */
export const egressPattern: Parser<string> = (value, place) => {
  const wrong = "must be host or host:port, such as api.example.com, *.example.com or db.example.com:5432";
  return typeof value === "string" && isHostPattern(value) ? value.toLowerCase() : place.report(wrong);
};

export function isHostPattern(value: string): boolean {
  const [host = "", port, ...rest] = value.toLowerCase().split(":");
  const fits = rest.length === 0 && host.length <= 253 && HOST.test(host);
  return fits && (port === undefined || isPort(port));
}

function isPort(text: string): boolean {
  return /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535;
}

/** The platform sets these, or they would change what the runtime itself loads or where its traffic goes. */
const RESERVED_ENV: ReadonlySet<string> = new Set([
  "PORT",
  "HOME",
  "PATH",
  "TMPDIR",
  "NODE_OPTIONS",
  "NODE_PATH",
  "NODE_EXTRA_CA_CERTS",
  "NODE_USE_ENV_PROXY",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "ALL_PROXY",
  "NO_PROXY",
]);
const RESERVED_ENV_PREFIX = /^(?:BERTH|LD|DYLD)_/;

export const envVariables: Parser<{ readonly [name: string]: string }> = (value, place) => {
  if (!isObject(value)) return place.report("must be a JSON object of texts");
  const entries = Object.entries(value);
  if (entries.length > MAX_ENV_VARIABLES) return place.report(`must not have more than ${MAX_ENV_VARIABLES} variables`);
  const variables: [string, string][] = [];
  for (const [name, text] of entries) {
    const at = place.entry(name);
    if (!/^[A-Z_][A-Z0-9_]{0,127}$/.test(name))
      at.report("must be named in A-Z, 0-9 and _, not beginning with a digit");
    else if (RESERVED_ENV.has(name) || RESERVED_ENV_PREFIX.test(name)) at.report("is set by the platform");
    else if (typeof text !== "string") at.report("must be a text; write numbers in quotes");
    else if (text.length > MAX_ENV_VALUE_LENGTH || text.includes("\0")) {
      at.report(`must have at most ${MAX_ENV_VALUE_LENGTH} characters and no NUL`);
    } else variables.push([name, text]);
  }
  return Object.fromEntries(variables);
};
