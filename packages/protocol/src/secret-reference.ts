import type { UpstreamConfig } from "./agent-config-authority.ts";

export const SECRET_NAME_PATTERN: RegExp = /^[A-Z][A-Z0-9_]{0,63}$/;
/** Shorter values would be found, and replaced, in text that has nothing to do with them. */
export const MIN_SECRET_LENGTH: number = 8;
export const MAX_SECRET_LENGTH: number = 64 * 1024;

const REFERENCE = /\{secret:([^{}]*)\}/g;

/** The names in `{secret:NAME}`, each once. */
export function secretsInText(text: string): readonly string[] {
  return [...new Set([...text.matchAll(REFERENCE)].map(([, name = ""]) => name))];
}

/** The secrets a release may use: those its upstreams' headers name. */
export function secretsOfUpstreams(
  upstreams: { readonly [name: string]: UpstreamConfig } | undefined,
): readonly string[] {
  const headers = Object.values(upstreams ?? {}).flatMap((upstream) => Object.values(upstream.headers));
  return [...new Set(headers.flatMap(secretsInText))].toSorted();
}

export function fillSecrets(text: string, values: ReadonlyMap<string, string>): string {
  return text.replaceAll(REFERENCE, (reference, name: string) => values.get(name) ?? reference);
}

/** Why this cannot be a secret's value; undefined when it can. It becomes part of a header, so it is one line of ASCII. */
export function secretObjection(value: string): string | undefined {
  if (value.length < MIN_SECRET_LENGTH) {
    return `must have at least ${MIN_SECRET_LENGTH} characters: shorter ones cannot be told from other text in logs`;
  }
  if (value.length > MAX_SECRET_LENGTH) return `must have at most ${MAX_SECRET_LENGTH} characters`;
  if (!/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value)) {
    return "must be one line of printable ASCII that neither begins nor ends with a space, as headers hold it";
  }
  return undefined;
}
