import { INVOKE_SCOPE, PLATFORM_SCOPE } from "@berth/control";
import type { OAuthClient } from "@berth/control";
import type { JsonObject } from "@berth/protocol";
import type { ClientMetadata } from "oidc-provider";

const DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code";
const LOOPBACKS: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);
const GRANTS: ReadonlySet<unknown> = new Set(["authorization_code", "refresh_token", DEVICE_GRANT]);
const RECOGNIZED = [
  "client_id",
  "client_name",
  "redirect_uris",
  "grant_types",
  "response_types",
  "token_endpoint_auth_method",
  "jwks",
  "jwks_uri",
  "application_type",
  "client_uri",
  "logo_uri",
  "policy_uri",
  "tos_uri",
] as const;

/**
 * What MCP clients say about themselves, as the library takes it (research note mcp §5.3): whoever has a redirect on
 * this machine or with a scheme of its own is a native app, whether it says so or not, so that the port of a loopback
 * redirect is free; scopes are no property of the client here; what we have no use for is left out, not refused.
 */
export function normalizedMetadata(said: JsonObject): JsonObject {
  const kept: Record<string, JsonObject[string]> = {};
  for (const name of RECOGNIZED) {
    const value = said[name];
    if (value !== undefined && value !== null) kept[name] = value;
  }
  const { redirect_uris: redirects, grant_types: grants } = said;
  if (Array.isArray(redirects) && redirects.some((uri) => typeof uri === "string" && isNative(uri))) {
    kept["application_type"] = "native";
  }
  kept["grant_types"] = Array.isArray(grants)
    ? grants.filter((grant) => GRANTS.has(grant))
    : ["authorization_code", "refresh_token"];
  const hasCode = Array.isArray(kept["grant_types"]) && kept["grant_types"].includes("authorization_code");
  kept["response_types"] = hasCode ? ["code"] : [];
  return kept;
}

function isNative(redirect: string): boolean {
  const url = URL.parse(redirect);
  return url !== null && url.protocol !== "https:" && (url.protocol !== "http:" || LOOPBACKS.has(url.hostname));
}

/** A client that an administrator has made, as the library wants it. Its secret is never here: control compares it. */
export function knownClientMetadata({ clientId, name, redirectUris, kind, role }: OAuthClient): JsonObject {
  const isPublic = kind === "public";
  const hasPeople = redirectUris.length > 0;
  return {
    client_id: clientId,
    client_name: name,
    redirect_uris: [...redirectUris],
    application_type: redirectUris.some(isNative) ? "native" : "web",
    response_types: hasPeople ? ["code"] : [],
    grant_types: [
      ...(hasPeople ? ["authorization_code", "refresh_token", DEVICE_GRANT] : []),
      ...(role === undefined ? [] : ["client_credentials"]),
    ],
    token_endpoint_auth_method: isPublic ? "none" : "client_secret_basic",
    ...(isPublic ? {} : { client_secret: "kept as a hash" }),
  };
}

export const CLI_CLIENT_ID = "berth-cli";

/** `a2a login`. It asks for all that the person may do. */
export const CLI_CLIENT: ClientMetadata = {
  client_id: CLI_CLIENT_ID,
  client_name: "The a2a command",
  redirect_uris: [],
  response_types: [],
  grant_types: [DEVICE_GRANT, "refresh_token"],
  token_endpoint_auth_method: "none",
  application_type: "native",
};

/** Of the CLI; others' are in their records, or they have none. */
export const CLI_SCOPES: readonly string[] = [INVOKE_SCOPE, PLATFORM_SCOPE];
