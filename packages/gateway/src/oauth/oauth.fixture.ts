import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import { loadOAuthKey } from "@berth/control";
import { DEFAULT_ORG_ID } from "@berth/protocol";
import type { OrgRole, Principal } from "@berth/protocol";
import { temporaryFolder } from "@berth/testing";
import { openHouse } from "../gateway.fixture.ts";
import type { Answer, House, HouseOptions } from "../gateway.fixture.ts";
import type { OAuthServer } from "../edge/oauth-server.ts";
import { Browser } from "@berth/testing";
import type { Visit } from "@berth/testing";
import { createOAuthServer } from "./create-oauth-server.ts";
import type { Outbound } from "./outbound-fetch.ts";
import type { UpstreamOptions } from "./upstream.ts";

export const SYSTEM: Principal = { kind: "system", id: "system", orgId: DEFAULT_ORG_ID, scopes: ["owner"] };
export const PASSWORD = "correct horse battery staple";
export const CALLBACK = "http://127.0.0.1:7777/callback";

export interface OAuthHouse extends House {
  readonly base: string;
  readonly issuer: string;
  readonly oauth: OAuthServer;
  person(email: string, role?: OrgRole): Promise<string>;
  register(metadata?: object): Promise<Answer>;
  form(
    path: string,
    fields: Readonly<Record<string, string>>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>;
  /** Starts, signs in as this person, allows; where the answer went. */
  authorize(clientId: string, asked?: Asked): Promise<Allowed>;
  /** All of it. */
  tokens(clientId: string, asked?: Asked): Promise<Answer>;
}

interface Asked {
  readonly email?: string;
  /** Replaces parameters; an empty one is left out. */
  readonly parameters?: Readonly<Record<string, string>>;
  readonly browser?: Browser;
}

interface Allowed {
  readonly verifier: string;
  readonly visit: Visit;
  readonly code: string;
  readonly asked: URLSearchParams;
}

export interface OAuthHouseOptions extends HouseOptions {
  readonly web?: Outbound;
  readonly upstream?: () => UpstreamOptions;
  /** Where the platform is reached from outside; default: where it listens. */
  readonly publicUrl?: string;
}

const noWeb: Outbound = {
  request: async () => {
    throw new Error("nothing is reachable from here");
  },
};

/** The gateway with its authorization server, and people who sign in. */
export async function openOAuthHouse({
  web = noWeb,
  upstream,
  publicUrl,
  ...options
}: OAuthHouseOptions = {}): Promise<OAuthHouse> {
  using folder = temporaryFolder("berth-oauth");
  const key = await loadOAuthKey(join(folder.path, "oauth-signing.pem"));
  let oauth: OAuthServer | undefined;
  const house = await openHouse({
    ...options,
    ...(publicUrl === undefined
      ? {}
      : { gateway: { baseUrl: () => publicUrl, allowedHosts: [new URL(publicUrl).hostname] } }),
    oauth: (control, baseUrl) => {
      oauth = createOAuthServer({
        control,
        key,
        secret: randomBytes(32),
        baseUrl: () => publicUrl ?? baseUrl(),
        outbound: web,
        ...(upstream === undefined ? {} : { upstream: upstream() }),
      });
      return oauth;
    },
  });
  if (oauth === undefined) throw new Error("the house has no authorization server");
  const base = `http://127.0.0.1:${house.port}`;
  const form: OAuthHouse["form"] = async (path, fields, headers = {}) =>
    await house.call(path, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
      body: new URLSearchParams(fields).toString(),
    });
  const authorize: OAuthHouse["authorize"] = async (
    clientId,
    { email = "ada@example.com", parameters = {}, browser = new Browser() } = {},
  ) => {
    const verifier = randomBytes(32).toString("base64url");
    const asked = new URLSearchParams({
      client_id: clientId,
      response_type: "code",
      redirect_uri: CALLBACK,
      state: "s-1",
      resource: `${base}/agents/hidden/mcp`,
      code_challenge: createHash("sha256").update(verifier).digest("base64url"),
      code_challenge_method: "S256",
    });
    for (const [name, value] of Object.entries(parameters)) {
      if (value === "") asked.delete(name);
      else asked.set(name, value);
    }
    const stop = asked.get("redirect_uri") ?? CALLBACK;
    let visit = await browser.open(`${base}/oauth/auth?${asked}`, stop);
    if (visit.text.includes("<title>Sign in<")) {
      visit = await browser.submit(visit, `${visit.url.pathname}/login`, { email, password: PASSWORD }, stop);
    }
    if (visit.text.includes("<title>Allow ")) {
      visit = await browser.submit(visit, `${visit.url.pathname}/consent`, { answer: "allow" }, stop);
    }
    return { verifier, visit, asked, code: visit.url.searchParams.get("code") ?? "" };
  };
  return {
    ...house,
    oauth,
    base,
    issuer: `${base}/oauth`,
    form,
    authorize,
    async person(email, role = "invoker") {
      const { user, code } = await house.control.users.add(SYSTEM, { email, role });
      await house.control.auth.redeemSignIn(code ?? "", { password: PASSWORD });
      return user.userId;
    },
    register: async (metadata = {}) =>
      await house.call("/oauth/reg", {
        body: {
          client_name: "Test client",
          redirect_uris: [CALLBACK],
          token_endpoint_auth_method: "none",
          ...metadata,
        },
      }),
    async tokens(clientId, asked) {
      const { code, verifier } = await authorize(clientId, asked);
      return await form("/oauth/token", {
        grant_type: "authorization_code",
        client_id: clientId,
        redirect_uri: asked?.parameters?.["redirect_uri"] ?? CALLBACK,
        code,
        code_verifier: verifier,
        resource: asked?.parameters?.["resource"] ?? `${base}/agents/hidden/mcp`,
      });
    },
  };
}

export function claimsOf(token: string): Readonly<Record<string, unknown>> {
  // A JWT's payload is an object.
  return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8")) as Record<string, unknown>;
}
