import type { EgressRule, HttpEgressRule, UpstreamConfig } from "./agent-config-authority.ts";
import { egressPattern } from "./agent-config-values.ts";
import { nearestKey } from "./nearest-key.ts";
import { SECRET_NAME_PATTERN, secretsInText } from "./secret-reference.ts";
import { urlPathObjection } from "./url-path-glob.ts";
import type { Parser, Place } from "./validation/place.ts";
import { isObject } from "./validation/proto-object.ts";
import { listOf } from "./validation/values.ts";

const MAX_UPSTREAMS = 32;
const MAX_HEADERS = 32;
const MAX_HEADER_LENGTH = 4_096;
const MAX_RULES = 64;
const UPSTREAM_NAME = /^[a-z][a-z0-9-]{0,38}$/;
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/;
/** Of the connection or of how the message is cut: the platform writes these. */
const RESERVED_HEADERS: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

const method: Parser<string> = (value, place) =>
  typeof value === "string" && /^(?:[A-Z]{1,16}|\*)$/.test(value)
    ? value
    : place.report("must be a method in capitals, such as GET, or *");

const urlPath: Parser<string> = (value, place) => {
  if (typeof value !== "string") return place.report("must be a path, such as /v1/*");
  const objection = urlPathObjection(value);
  return objection === undefined ? value : place.report(objection);
};

const methods = listOf(method, { min: 1, max: 16 });

/** `host…`, or an object with what of plain HTTP is allowed there. */
export const egressRule: Parser<EgressRule> = (value, place) => {
  if (!isObject(value)) return egressHost(value, place);
  const fields = closed(value, place, ["host", "methods", "paths"]);
  const host = egressHost(fields.get("host"), place.field("host"));
  const rule: { -readonly [K in keyof HttpEgressRule]: HttpEgressRule[K] } = { host: host ?? "" };
  if (fields.has("methods")) rule.methods = methods(fields.get("methods"), place.field("methods")) ?? [];
  if (fields.has("paths")) {
    rule.paths = listOf(urlPath, { min: 1, max: MAX_RULES })(fields.get("paths"), place.field("paths")) ?? [];
  }
  return host === undefined ? undefined : rule;
};

const egressHost: Parser<string> = (value, place) => {
  const pattern = egressPattern(value, place);
  if (pattern === undefined) return undefined;
  return /(?:^|\.)berth\.internal(?::|$)/.test(pattern)
    ? place.report("is the platform's own name; declare an upstream instead")
    : pattern;
};

export const upstreamConfigs: Parser<{ readonly [name: string]: UpstreamConfig }> = (value, place) => {
  if (!isObject(value)) return place.report("must be a JSON object of upstreams by name");
  const entries = Object.entries(value);
  if (entries.length > MAX_UPSTREAMS) return place.report(`must not have more than ${MAX_UPSTREAMS} upstreams`);
  return Object.fromEntries(
    entries.flatMap(([name, entry]) => {
      const at = place.entry(name);
      if (!UPSTREAM_NAME.test(name)) {
        at.report("must be named in a-z, 0-9 and hyphen, at most 39, beginning with a letter");
        return [];
      }
      const upstream = upstreamConfig(entry, at);
      return upstream === undefined ? [] : [[name, upstream]];
    }),
  );
};

const upstreamConfig: Parser<UpstreamConfig> = (value, place) => {
  if (!isObject(value)) return place.report("must be an object with url and headers");
  const fields = closed(value, place, ["url", "headers", "allow"]);
  const url = upstreamUrl(fields.get("url"), place.field("url"));
  const headers = upstreamHeaders(fields.get("headers") ?? {}, place.field("headers"));
  const allow = fields.has("allow")
    ? listOf(allowRule, { min: 1, max: MAX_RULES })(fields.get("allow"), place.field("allow"))
    : undefined;
  if (url === undefined || headers === undefined) return undefined;
  return { url, headers, ...(allow === undefined ? {} : { allow }) };
};

const allowRule: Parser<{ readonly methods: readonly string[]; readonly path: string }> = (value, place) => {
  if (!isObject(value)) return place.report("must be an object with methods and path");
  const fields = closed(value, place, ["methods", "path"]);
  const allowed = methods(fields.get("methods"), place.field("methods"));
  const path = urlPath(fields.get("path"), place.field("path"));
  return allowed === undefined || path === undefined ? undefined : { methods: allowed, path };
};

const upstreamUrl: Parser<string> = (value, place) => {
  const wrong = "must be https://host[:port][/base], without user, query or fragment";
  if (typeof value !== "string" || value.length > 512) return place.report(wrong);
  const url = URL.parse(value);
  if (url?.protocol !== "https:" || url.username !== "" || url.password !== "" || /[?#]/.test(value)) {
    return place.report(wrong);
  }
  if (/(?:^|\.)berth\.internal\.?$/.test(url.hostname)) return place.report("must not lead back to the platform");
  if (url.pathname !== "/" && urlPathObjection(url.pathname.replace(/\/$/, "")) !== undefined) {
    return place.report("must have a plain path");
  }
  return value.replace(/\/$/, "");
};

const upstreamHeaders: Parser<{ readonly [name: string]: string }> = (value, place) => {
  if (!isObject(value)) return place.report("must be an object of texts by header name");
  const entries = Object.entries(value);
  if (entries.length > MAX_HEADERS) return place.report(`must not have more than ${MAX_HEADERS} headers`);
  const seen = new Set<string>();
  return Object.fromEntries(
    entries.flatMap(([name, text]) => {
      const at = place.entry(name);
      const key = name.toLowerCase();
      if (!HEADER_NAME.test(name)) at.report("is no name of a header");
      else if (RESERVED_HEADERS.has(key) || key.startsWith("proxy-")) at.report("is set by the platform");
      else if (seen.has(key)) at.report("is given twice");
      else if (typeof text !== "string" || text.length > MAX_HEADER_LENGTH || !/^[\x20-\x7e]+$/.test(text)) {
        at.report(`must be a text of 1 to ${MAX_HEADER_LENGTH} printable ASCII characters`);
      } else if (secretsInText(text).some((secret) => !SECRET_NAME_PATTERN.test(secret))) {
        at.report("must name secrets in A-Z, 0-9 and _, such as {secret:API_KEY}");
      } else if (/\{secret/i.test(text.replaceAll(/\{secret:[A-Z0-9_]+\}/g, ""))) {
        at.report("has a reference that is not {secret:NAME}");
      } else {
        seen.add(key);
        return [[name, text]];
      }
      return [];
    }),
  );
};

/** The members that are known; the others are reported. */
function closed(value: object, place: Place, known: readonly string[]): ReadonlyMap<string, unknown> {
  const fields = new Map<string, unknown>(Object.entries(value));
  for (const key of fields.keys()) {
    if (known.includes(key)) continue;
    const nearest = nearestKey(key, known);
    const suggestion = nearest === undefined ? `known keys: ${known.join(", ")}` : `did you mean \`${nearest}\`?`;
    place.entry(key).report(`unknown key; ${suggestion}`);
  }
  return fields;
}
