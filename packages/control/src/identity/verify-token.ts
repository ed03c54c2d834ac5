import { compactVerify } from "jose";
import type { JsonValue } from "@berth/ledger";
import type { IssuerKeys, KeySource } from "./issuer-keys.ts";
import { isObject, parseJwt } from "./strict-jwt.ts";

/** Clocks differ. */
const SKEW_SECONDS = 30;
/** A token that holds longer is a key, and is to be made as one. */
const MAX_LIFETIME_SECONDS = 24 * 3_600;
const MAX_TEXT = 1_024;

export const TOKEN_ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
] as const;

/** ID tokens say nothing or `JWT`; access tokens say what they are (RFC 9068 §2.1). Every other kind of JWT is none. */
const KINDS: ReadonlyMap<string, TokenKind> = new Map([
  ["", "id"],
  ["jwt", "id"],
  ["at+jwt", "access"],
  ["application/at+jwt", "access"],
]);
type TokenKind = "id" | "access";

/** RFC 9068 §2.2; OpenID Connect Core 1.0 §2. */
const REQUIRED: Readonly<Record<TokenKind, readonly string[]>> = {
  id: ["iss", "sub", "aud", "exp", "iat"],
  access: ["iss", "sub", "aud", "exp", "iat", "jti", "client_id"],
};

export interface TokenRules extends KeySource {
  readonly algorithms: readonly string[];
  /** One of these must be in `aud`, letter for letter. */
  readonly audiences: readonly string[];
  /** Other spellings of `iss`. */
  readonly aliases?: readonly string[];
}

/** What a verified token says. */
export interface TokenClaims {
  readonly issuer: string;
  readonly subject: string;
  readonly kind: TokenKind;
  readonly email?: string;
  readonly clientId?: string;
  readonly scopes: readonly string[];
  /** What tells it from every other token of its issuer (`jti`). */
  readonly tokenId?: string;
  /** Seconds since 1970: from here on it is refused anyway. */
  readonly holdsUntil: number;
  /** SHA-256 of the certificate whose holder may use the token (RFC 8705 §3.1). */
  readonly certificate?: string;
}

type Claims = { readonly [name: string]: JsonValue };

/** Who the issuer says it is, before anything is proven: only to find the rules. */
export function claimedIssuer(token: string): string | undefined {
  return textOf(parseJwt(token)?.claims["iss"]);
}

/**
 * A token by these rules, and undefined for every other: why it is none is nobody's business but the log's. `jku`,
 * `x5u`, `jwk` and `x5c` in the header are not looked at.
 */
export async function verifyToken(
  token: string,
  rules: TokenRules,
  keys: Pick<IssuerKeys, "find">,
  nowSeconds: number,
): Promise<TokenClaims | undefined> {
  const jwt = parseJwt(token);
  if (jwt === undefined) return undefined;
  const { header, claims } = jwt;
  const alg = textOf(header["alg"]);
  const kind = kindOf(header["typ"]);
  if (alg === undefined || kind === undefined || "crit" in header || "b64" in header) return undefined;
  if (!rules.algorithms.includes(alg) || !isAsymmetric(alg)) return undefined;
  const kid = textOf(header["kid"]);
  if ("kid" in header && kid === undefined) return undefined;
  // Before the signature: nobody makes us fetch keys with a token that would not do anyway.
  if (!fitsRules(claims, kind, rules) || !isCurrent(claims, nowSeconds)) return undefined;
  const key = await keys.find(rules, { alg, ...(kid === undefined ? {} : { kid }) });
  if (key === undefined) return undefined;
  try {
    await compactVerify(token, key, { algorithms: [alg] });
  } catch {
    return undefined;
  }
  return toClaims(claims, kind, rules.issuer);
}

function isAsymmetric(alg: string): boolean {
  const known: readonly string[] = TOKEN_ALGORITHMS;
  return known.includes(alg);
}

function kindOf(typ: JsonValue | undefined): TokenKind | undefined {
  if (typ === undefined) return "id";
  return typeof typ === "string" && typ !== "" ? KINDS.get(typ.toLowerCase()) : undefined;
}

function fitsRules(claims: Claims, kind: TokenKind, { issuer, aliases = [], audiences }: TokenRules): boolean {
  if (REQUIRED[kind].some((name) => claims[name] === undefined)) return false;
  const said = textOf(claims["iss"]);
  if (said === undefined || (said !== issuer && !aliases.includes(said))) return false;
  if (textOf(claims["sub"]) === undefined || !isConfirmable(claims["cnf"])) return false;
  const aud = claims["aud"];
  const meant = Array.isArray(aud) ? aud : [aud];
  return meant.every((each) => textOf(each) !== undefined) && meant.some((each) => audiences.includes(String(each)));
}

/** A proof that we cannot check binds the token to somebody else. */
function isConfirmable(cnf: JsonValue | undefined): boolean {
  if (cnf === undefined) return true;
  if (!isObject(cnf)) return false;
  const names = Object.keys(cnf);
  return names.length === 1 && names[0] === "x5t#S256" && thumbprintOf(cnf) !== undefined;
}

function isCurrent(claims: Claims, now: number): boolean {
  const [exp, iat] = [secondsOf(claims["exp"]), secondsOf(claims["iat"])];
  const nbf = claims["nbf"] === undefined ? iat : secondsOf(claims["nbf"]);
  if (exp === undefined || iat === undefined || nbf === undefined) return false;
  return (
    exp > now - SKEW_SECONDS &&
    nbf <= now + SKEW_SECONDS &&
    iat <= now + SKEW_SECONDS &&
    exp - iat <= MAX_LIFETIME_SECONDS
  );
}

function toClaims(claims: Claims, kind: TokenKind, issuer: string): TokenClaims {
  const email = claims["email_verified"] === true ? textOf(claims["email"])?.toLowerCase() : undefined;
  const clientId = textOf(claims["client_id"]) ?? textOf(claims["azp"]);
  const tokenId = textOf(claims["jti"]);
  const certificate = thumbprintOf(claims["cnf"]);
  return {
    issuer,
    kind,
    // `fitsRules` and `isCurrent` have seen them.
    subject: textOf(claims["sub"]) ?? "",
    holdsUntil: (secondsOf(claims["exp"]) ?? 0) + SKEW_SECONDS,
    scopes: (textOf(claims["scope"]) ?? "").split(" ").filter((scope) => scope !== ""),
    ...(email === undefined ? {} : { email }),
    ...(clientId === undefined ? {} : { clientId }),
    ...(tokenId === undefined ? {} : { tokenId }),
    ...(certificate === undefined ? {} : { certificate }),
  };
}

function thumbprintOf(cnf: JsonValue | undefined): string | undefined {
  const value: unknown = isObject(cnf) ? (cnf as Claims)["x5t#S256"] : undefined; // an object of JSON's values
  return typeof value === "string" && /^[A-Za-z0-9_-]{43}$/.test(value) ? value : undefined;
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" && value !== "" && value.length <= MAX_TEXT ? value : undefined;
}

function secondsOf(value: JsonValue | undefined): number | undefined {
  return typeof value === "number" && value >= 0 && value <= Number.MAX_SAFE_INTEGER ? value : undefined;
}
