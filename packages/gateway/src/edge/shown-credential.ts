import { API_KEY_PATTERN } from "@berth/control";
import { PlatformError } from "@berth/protocol";
import type { CallExchange } from "./exchange.ts";

const MAX_CREDENTIAL = 1_024;
const MAX_TOKEN = 8 * 1_024;

/** What a request shows by itself, as it shows it. */
export type ShownCredential =
  | { readonly kind: "bearer" | "api_key"; readonly value: string }
  /** A JWT of ours or of another issuer. */
  | { readonly kind: "token"; readonly value: string }
  | { readonly kind: "basic"; readonly keyId: string; readonly value: string };

/** Authorization first, then X-API-Key. @throws UNAUTHENTICATED for what cannot be one */
export function shownCredential(exchange: Pick<CallExchange, "header" | "anyUser">): ShownCredential | undefined {
  const authorization = exchange.header("authorization");
  if (authorization !== undefined) return fromAuthorization(authorization, exchange.anyUser === true);
  const key = exchange.header("x-api-key");
  return key === undefined ? undefined : { kind: "api_key", value: usable(key.trim(), MAX_CREDENTIAL) };
}

/** Whether the request shows a credential by itself, not by the browser's cookie or the connection's certificate. */
export function hasExplicitCredential(exchange: Pick<CallExchange, "header">): boolean {
  return exchange.header("authorization") !== undefined || exchange.header("x-api-key") !== undefined;
}

function fromAuthorization(header: string, anyUser: boolean): ShownCredential {
  const [, scheme = "", value] = /^(bearer|basic) +(\S+) *$/i.exec(header) ?? [];
  if (scheme.toLowerCase() === "basic") return fromBasic(usable(value, anyUser ? MAX_TOKEN : MAX_CREDENTIAL), anyUser);
  const isToken = value !== undefined && value.split(".").length === 3;
  return { kind: isToken ? "token" : "bearer", value: usable(value, isToken ? MAX_TOKEN : MAX_CREDENTIAL) };
}

/** RFC 7617: the key's id is the user, the whole key the password. */
function fromBasic(encoded: string, anyUser: boolean): ShownCredential {
  const bytes = Buffer.from(encoded, "base64");
  const text = bytes.toString("latin1");
  const colon = text.indexOf(":");
  const [keyId, value] = [text.slice(0, Math.max(colon, 0)), text.slice(colon + 1)];
  const isCanonical = bytes.toString("base64") === encoded;
  // What `a2a login` has got is a token; programs that know Basic alone show it as a password too.
  if (anyUser && isCanonical && value.split(".").length === 3) return { kind: "token", value };
  const id = API_KEY_PATTERN.exec(value)?.[1];
  const isUser = anyUser || id === keyId.replace(/^key_/, "");
  if (!isCanonical || id === undefined || !isUser) throw invalid();
  return { kind: "basic", keyId, value };
}

function usable(credential: string | undefined, most: number): string {
  if (credential !== undefined && credential !== "" && credential.length <= most) return credential;
  throw invalid();
}

function invalid(): PlatformError {
  return new PlatformError("UNAUTHENTICATED", "The credential is not valid.", {
    hint: "Send Authorization: Bearer <API key>.",
  });
}
