/** RFC 9110 §11.6.1: what a server wants to see before it answers. */
export interface AuthChallenge {
  /** In lower case. */
  readonly scheme: string;
  /** Names in lower case. */
  readonly parameters: { readonly [name: string]: string };
}

const MAX_LENGTH = 8_192;
/** `name = token` or `name = "quoted"`, or a scheme before its parameters. */
const PART =
  /\s*,?\s*(?:([\w!#$%&'*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))|([\w!#$%&'*+.^`|~-]+)(?=\s|,|$))/gy;

/** Several may stand in one header. What cannot be read is left out. */
export function parseChallenges(header: string | undefined): readonly AuthChallenge[] {
  if (header === undefined || header.length > MAX_LENGTH) return [];
  const challenges: { scheme: string; parameters: Record<string, string> }[] = [];
  for (const [, name, quoted, token, scheme] of header.matchAll(PART)) {
    if (scheme !== undefined) challenges.push({ scheme: scheme.toLowerCase(), parameters: {} });
    const parameters = challenges.at(-1)?.parameters;
    if (name !== undefined && parameters !== undefined) {
      parameters[name.toLowerCase()] = quoted?.replaceAll(/\\(.)/g, "$1") ?? token ?? "";
    }
  }
  return challenges;
}
