import type { Parser } from "./place.ts";

const MAX_URL_LENGTH = 8192;
const RFC_3339 = /^(\d{4}-\d{2}-\d{2})[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})$/;

/** RFC 3339 in, `2026-01-31T12:00:00.000Z` out: everything behind this point compares timestamps as text. */
export const timestamp: Parser<string> = (value, place) => {
  const wrong = "must be an RFC 3339 timestamp such as 2026-01-31T12:00:00.000Z";
  if (typeof value !== "string") return place.report(wrong);
  const day = RFC_3339.exec(value)?.[1];
  if (day === undefined || !isDay(day)) return place.report(wrong);
  const ms = Date.parse(value.toUpperCase());
  return Number.isNaN(ms) ? place.report(wrong) : new Date(ms).toISOString();
};

/** Date.parse rolls 31 February over into March. */
function isDay(day: string): boolean {
  const ms = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(day);
}

/** ProtoJSON `bytes`: base64 or base64url, padded or not. Answers padded base64. */
export const bytes: Parser<string> = (value, place) => {
  if (typeof value !== "string" || !/^[A-Za-z0-9+/_-]*={0,2}$/.test(value)) return place.report("must be base64");
  const digits = value.replace(/=+$/, "");
  const padded = digits.length !== value.length;
  if (digits.length % 4 === 1 || (padded && value.length % 4 !== 0)) return place.report("must be base64");
  const standard = /[-_]/.test(digits) ? digits.replaceAll("-", "+").replaceAll("_", "/") : digits;
  return standard.padEnd(Math.ceil(standard.length / 4) * 4, "=");
};

export const absoluteUrl: Parser<string> = (value, place) => {
  if (typeof value !== "string" || value.length > MAX_URL_LENGTH || !URL.canParse(value)) {
    return place.report("must be an absolute URL");
  }
  return value;
};

export const httpUrl: Parser<string> = (value, place) => {
  const url = typeof value === "string" && value.length <= MAX_URL_LENGTH ? URL.parse(value) : null;
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) {
    return place.report("must be an http or https URL");
  }
  // Parsed above, so it is a string.
  return value as string;
};
