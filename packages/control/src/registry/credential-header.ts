import { PlatformError } from "@berth/protocol";
import type { AgentCard, JsonObject, SecurityScheme } from "@berth/protocol";

/** What a card must not make us send a secret as: these steer the request itself. */
const REFUSED_HEADERS = new Set([
  "host",
  "connection",
  "content-length",
  "content-type",
  "transfer-encoding",
  "upgrade",
  "te",
  "trailer",
  "expect",
]);

export interface CredentialHeader {
  readonly header: string;
  readonly value: string;
}

/**
 * Where a credential goes, by the first scheme of the card that takes one; a bearer token where the card names none.
 * @throws CONFIG_INVALID for a credential or a scheme that no header can carry.
 */
export function credentialHeader(card: AgentCard, credential: string): CredentialHeader {
  if (!/^[\x21-\x7e]{1,4096}$/.test(credential)) {
    throw unusable("a credential is 1 to 4,096 printable ASCII characters without spaces");
  }
  const schemes = requiredSchemes(card);
  if (schemes.length === 0) return { header: "authorization", value: `Bearer ${credential}` };
  for (const scheme of schemes) {
    const header = headerOf(scheme, credential);
    if (header !== undefined) return header;
  }
  throw unusable("the card asks for a credential in a way that is not supported: a header, or HTTP bearer or basic");
}

function requiredSchemes({ securityRequirements, securitySchemes }: AgentCard): readonly SecurityScheme[] {
  const all = securitySchemes ?? {};
  const named = (securityRequirements ?? []).flatMap(({ schemes }) => Object.keys(schemes));
  const wanted = named.length === 0 ? Object.keys(all) : named;
  return wanted
    .map((name) => (Object.hasOwn(all, name) ? all[name] : undefined))
    .filter((scheme) => scheme !== undefined);
}

function headerOf(scheme: SecurityScheme, credential: string): CredentialHeader | undefined {
  const { apiKeySecurityScheme: apiKey, httpAuthSecurityScheme: http } = scheme;
  if (apiKey !== undefined) return apiKeyHeader(apiKey, credential);
  if (http !== undefined) {
    const { scheme: kind } = http;
    const isBasic = typeof kind === "string" && kind.toLowerCase() === "basic";
    const value = isBasic ? `Basic ${Buffer.from(credential).toString("base64")}` : `Bearer ${credential}`;
    return { header: "authorization", value };
  }
  const takesToken = "oauth2SecurityScheme" in scheme || "openIdConnectSecurityScheme" in scheme;
  return takesToken ? { header: "authorization", value: `Bearer ${credential}` } : undefined;
}

/** The card's author chooses the name. */
function apiKeyHeader({ location, name }: JsonObject, credential: string): CredentialHeader | undefined {
  if (location !== "header" || typeof name !== "string" || !/^[\w-]{1,100}$/.test(name)) return undefined;
  const header = name.toLowerCase();
  return REFUSED_HEADERS.has(header) ? undefined : { header, value: credential };
}

function unusable(description: string): PlatformError {
  return new PlatformError("CONFIG_INVALID", `The credential cannot be used: ${description}.`, {
    violations: [{ field: "credential", description }],
  });
}
