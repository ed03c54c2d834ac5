import { invalidParams } from "@berth/protocol";
import type { Exchange } from "../edge/exchange.ts";

/** The entity tag of a version (RFC 9110 §8.8.3). */
export function versionTag(version: number): string {
  return `"${version}"`;
}

/**
 * What a writer has seen: the version in If-Match, 0 for `If-None-Match: *`, undefined when anything may be there.
 * @throws INVALID_PARAMS for what is neither, because a writer who asked for a check must not go without it.
 */
export function expectedVersion(exchange: Exchange): number | undefined {
  const [match, noneMatch] = [exchange.header("if-match"), exchange.header("if-none-match")];
  if (noneMatch !== undefined) {
    if (noneMatch.trim() === "*" && match === undefined) return 0;
    throw invalidParams([{ field: "If-None-Match", description: "must be *, and without If-Match" }]);
  }
  if (match === undefined || match.trim() === "*") return undefined;
  const version = /^"?(\d{1,16})"?$/.exec(match.trim())?.[1];
  if (version !== undefined) return Number(version);
  throw invalidParams([{ field: "If-Match", description: `must be one version, such as "3", or *` }]);
}
