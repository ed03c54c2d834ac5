import { setTimeout as wait } from "node:timers/promises";
import { PlatformError } from "@berth/protocol";
import type { Credential } from "./credentials.ts";
import { readCredential, withCredentialsLock, writeCredential } from "./credentials.ts";

const CLIENT_ID = "berth-cli";
const SCOPE = "platform agents:invoke offline_access";
const DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code";
const TIMEOUT_MS = 10_000;
/** A token that ends while a call is on its way is as good as none. */
const EARLY_MS = 30_000;
const DEFAULT_INTERVAL_S = 5;
const SLOW_DOWN_S = 5;

/** What a person has to do elsewhere. */
export interface DeviceCode {
  readonly userCode: string;
  readonly address: string;
}

/** RFC 8628. `show` is called once, before the waiting. @throws PlatformError when it is refused or takes too long */
export async function loginByDevice(
  url: string,
  show: (code: DeviceCode) => void,
  signal: AbortSignal,
): Promise<Credential> {
  const server = await discover(url);
  const resource = `${new URL(url).origin}/mcp`;
  const asked = await post(server.device, { client_id: CLIENT_ID, scope: SCOPE, resource });
  if (asked.status !== 200) throw refused(asked, "The platform gives no code.");
  const deviceCode = text(asked.body, "device_code");
  show({
    userCode: text(asked.body, "user_code"),
    address: text(asked.body, "verification_uri_complete"),
  });
  const until = Date.now() + number(asked.body, "expires_in", 600) * 1_000;
  let intervalS = number(asked.body, "interval", DEFAULT_INTERVAL_S);
  while (Date.now() < until) {
    await wait(intervalS * 1_000, undefined, { signal });
    const parameters = { grant_type: DEVICE_GRANT, client_id: CLIENT_ID, device_code: deviceCode, resource };
    const answer = await post(server.token, parameters);
    if (answer.status === 200) return toCredential(answer.body, server);
    const error = answer.body["error"];
    if (error === "slow_down") intervalS += SLOW_DOWN_S;
    else if (error !== "authorization_pending") throw refused(answer, "Nobody has allowed it.");
  }
  throw new PlatformError("TIMED_OUT", "Nobody has typed the code in time.", { hint: "Run `a2a login` again." });
}

/** The token that was kept for this address, or a fresh one. Undefined when there is none, or its time is over. */
export async function currentToken(origin: string, userHome: string): Promise<string | undefined> {
  const kept = await readCredential(origin, userHome);
  if (kept?.refreshToken === undefined || !isEnding(kept)) return kept?.token;
  return await withCredentialsLock(userHome, async () => {
    // Somebody else may have done it meanwhile.
    const now = await readCredential(origin, userHome);
    if (now?.refreshToken === undefined || now.tokenEndpoint === undefined || !isEnding(now)) return now?.token;
    const answer = await post(now.tokenEndpoint, {
      grant_type: "refresh_token",
      client_id: CLIENT_ID,
      refresh_token: now.refreshToken,
    });
    if (answer.status === 200) {
      const { tokenEndpoint: token, revocationEndpoint: revocation } = now;
      const next = toCredential(answer.body, { token, revocation });
      await writeCredential(origin, userHome, next);
      return next.token;
    }
    // Everything else may be another answer in a minute.
    if (answer.status !== 400 && answer.status !== 401) {
      throw new PlatformError("STORE_UNAVAILABLE", `The platform cannot renew your sign-in now (${answer.status}).`);
    }
    await writeCredential(origin, userHome, undefined);
    throw new PlatformError("UNAUTHENTICATED", "You are signed out.", { hint: "Run `a2a login`." });
  });
}

/** Ends it on the platform too, if that can be reached. @returns false when nobody was signed in */
export async function logout(origin: string, userHome: string): Promise<boolean> {
  return await withCredentialsLock(userHome, async () => {
    const kept = await readCredential(origin, userHome);
    if (kept === undefined) return false;
    await writeCredential(origin, userHome, undefined);
    if (kept.refreshToken !== undefined && kept.revocationEndpoint !== undefined) {
      const answer = await post(kept.revocationEndpoint, { client_id: CLIENT_ID, token: kept.refreshToken });
      if (answer.status !== 200) throw refused(answer, "Signed out here, but the platform could not be told.");
    }
    return true;
  });
}

interface Server {
  readonly token: string;
  readonly revocation: string | undefined;
}

async function discover(url: string): Promise<Server & { readonly device: string }> {
  const { origin } = new URL(url);
  const { status, body } = await request(`${origin}/.well-known/oauth-authorization-server/oauth`, {});
  const issuer = body["issuer"];
  if (status !== 200 || typeof issuer !== "string") {
    throw new PlatformError("UNSUPPORTED_OPERATION", `${origin} has no authorization server.`, {
      hint: "Is it a Berth platform, and is its address right? An API key works too: --token.",
    });
  }
  const endpoint = (name: string): string => {
    const address = text(body, name);
    // Of a server that sends us elsewhere with our codes we want nothing.
    if (address.startsWith(`${issuer}/`)) return address;
    throw new PlatformError("INVALID_AGENT_RESPONSE", `${origin} names a ${name} that is not its own.`);
  };
  return {
    device: endpoint("device_authorization_endpoint"),
    token: endpoint("token_endpoint"),
    revocation: endpoint("revocation_endpoint"),
  };
}

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

async function post(address: string, parameters: Readonly<Record<string, string>>): Promise<Answer> {
  return await request(address, { method: "POST", body: new URLSearchParams(parameters) });
}

async function request(address: string, init: RequestInit): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch(address, { ...init, redirect: "error", signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (cause) {
    throw new PlatformError("STORE_UNAVAILABLE", `${new URL(address).origin} cannot be reached.`, { cause });
  }
  try {
    const body: unknown = await response.json();
    return { status: response.status, body: typeof body === "object" && body !== null ? { ...body } : {} };
  } catch {
    // Revocation has nothing to say.
    return { status: response.status, body: {} };
  }
}

function toCredential(body: Answer["body"], { token, revocation }: Server): Credential {
  const refreshToken = body["refresh_token"];
  return {
    token: text(body, "access_token"),
    expiresAt: new Date(Date.now() + number(body, "expires_in", 0) * 1_000).toISOString(),
    tokenEndpoint: token,
    ...(typeof refreshToken === "string" ? { refreshToken } : {}),
    ...(revocation === undefined ? {} : { revocationEndpoint: revocation }),
  };
}

function isEnding({ expiresAt }: Credential): boolean {
  return expiresAt !== undefined && Date.parse(expiresAt) - Date.now() < EARLY_MS;
}

function text(body: Answer["body"], name: string): string {
  const value = body[name];
  if (typeof value === "string" && value !== "") return value;
  throw new PlatformError("INVALID_AGENT_RESPONSE", `The platform's answer has no ${name}.`);
}

function number(body: Answer["body"], name: string, otherwise: number): number {
  const value = body[name];
  return typeof value === "number" && value > 0 ? value : otherwise;
}

function refused({ body }: Answer, otherwise: string): PlatformError {
  const said = body["error_description"];
  return new PlatformError("UNAUTHENTICATED", typeof said === "string" ? said : otherwise);
}
