import { request } from "node:https";
import { DEFAULT_ORG_ID, PlatformError } from "@berth/protocol";
import type { OAuthServer } from "../src/edge/oauth-server.ts";
import type { Json } from "../src/gateway.fixture.ts";
import type { TestCertificate } from "./tls.fixture.ts";

export const OAUTH_ISSUER = "https://oauth.berth.test";

export interface Reply {
  readonly status: number;
  readonly challenges: readonly string[];
  readonly json: Json;
}

export interface Wallet {
  readonly headers?: Record<string, string>;
  readonly certificate?: TestCertificate;
}

/** Stands for the platform's own authorization server: its token is a JWT in form, and it knows the one. */
export const oauthToken = (): string =>
  [{ alg: "ES256" }, { iss: OAUTH_ISSUER, sub: "usr_1" }, "signature"]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
export const oauth: OAuthServer = {
  issuer: () => OAUTH_ISSUER,
  flows: () => ({ clientCredentials: { tokenUrl: `${OAUTH_ISSUER}/token`, scopes: {} } }),
  async authenticate(token) {
    if (token !== oauthToken()) throw new PlatformError("UNAUTHENTICATED", "The token is not valid.");
    const authn = { scheme: "bearer", issuer: OAUTH_ISSUER, clientId: "cli", scopes: ["tasks"] } as const;
    return { kind: "user", id: "usr_1", orgId: DEFAULT_ORG_ID, scopes: ["invoke"], authn };
  },
};

/** One exchange over TLS with a server whose authority is `ca`. */
export async function callOverTls(
  url: string,
  { ca, headers, certificate, body }: Wallet & { readonly ca: string; readonly body?: unknown },
): Promise<Reply> {
  return await new Promise((resolve, reject) => {
    const req = request(
      url,
      {
        agent: false,
        ca,
        ...certificate,
        method: body === undefined ? "GET" : "POST",
        headers: { "content-type": "application/json", ...headers },
      },
      (res) => {
        let text = "";
        res.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
        res.on("error", reject).on("end", () => {
          const challenges = res.rawHeaders.filter((_, i, all) => all[i - 1]?.toLowerCase() === "www-authenticate");
          const json = text.startsWith("{") ? JSON.parse(text) : undefined;
          resolve({ status: res.statusCode ?? 0, challenges, json });
        });
      },
    );
    req.on("error", reject).end(body === undefined ? undefined : JSON.stringify(body));
  });
}

let sent = 0;
/** A send with an id of its own. */
export const message = (): object => ({
  message: { messageId: `m-${(sent += 1)}`, role: "ROLE_USER", parts: [{ text: "hi" }] },
});
export const rpc = (params: object): object => ({ jsonrpc: "2.0", id: 1, method: "SendMessage", params });
