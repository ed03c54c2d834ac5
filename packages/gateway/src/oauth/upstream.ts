import { PlatformError, isPlatformError } from "@berth/protocol";
import type { OrgRole, Principal } from "@berth/protocol";
import type { Configuration } from "openid-client";
import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { transportOf } from "../edge/host-cookie.ts";
import { readSession, sessionCookie } from "../edge/session-cookie.ts";
import { Sealer } from "../mcp/sealer.ts";
import { sendPage } from "./interactions.ts";
import type { Fetch } from "./outbound-fetch.ts";
import { messagePage } from "./pages.ts";
import { MOUNT } from "./provider-request.ts";

export interface UpstreamOptions {
  /** As in its discovery document. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret?: string;
  /** For people whom nobody has added; absent: they are refused. */
  readonly autoRole?: OrgRole;
}

/** What the browser keeps for us, sealed, until it comes back. */
interface Begun {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  /** Of the interaction that goes on afterwards; empty: none. */
  readonly uid: string;
  readonly until: number;
}

const CALLBACK = `${MOUNT}/upstream/callback`;
const COOKIE = "berth_upstream";
const MOST_MS = 10 * 60_000;
const SCOPE = "openid email profile";

/** Another OpenID provider signs people in: `begin` sends the browser there, `finish` is where it comes back. */
export class Upstream {
  readonly #edge: Edge;
  readonly #options: UpstreamOptions;
  readonly #fetch: Fetch;
  readonly #sealer: Sealer;
  readonly #nobody: Principal;
  #configuration: Promise<Configuration> | undefined;

  constructor(edge: Edge, options: UpstreamOptions, fetch: Fetch) {
    this.#edge = edge;
    this.#options = options;
    this.#fetch = fetch;
    this.#sealer = new Sealer(edge.secret);
    this.#nobody = edge.control.auth.anonymous();
  }

  link(uid: string): { readonly name: string; readonly href: string } {
    return {
      name: new URL(this.#options.issuer).host,
      href: `${MOUNT}/upstream?interaction=${encodeURIComponent(uid)}`,
    };
  }

  async begin(exchange: Exchange): Promise<void> {
    await this.#orSay(exchange, async () => {
      const library = await import("openid-client");
      const configuration = await this.#discovered();
      const uid = exchange.query.get("interaction") ?? "";
      const [state, nonce, verifier] = [library.randomState(), library.randomNonce(), library.randomPKCECodeVerifier()];
      const location = library.buildAuthorizationUrl(configuration, {
        redirect_uri: this.#callbackUrl,
        scope: SCOPE,
        state,
        nonce,
        code_challenge: await library.calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256",
      });
      const kept = this.#sealer.seal("sign in", this.#nobody, {
        state,
        nonce,
        verifier,
        uid,
        until: Date.now() + MOST_MS,
      });
      redirect(exchange, location.href, [this.#cookie(kept, MOST_MS / 1_000)]);
    });
  }

  async finish(exchange: Exchange): Promise<void> {
    await this.#orSay(exchange, async () => {
      const kept = this.#kept(exchange);
      if (kept === undefined) {
        throw new PlatformError("INVALID_REQUEST", "This sign-in was not begun in this browser, or too long ago.");
      }
      const identity = await this.#identityOf(exchange, kept);
      const { session } = await this.#edge.control.oauth.signInUpstream(identity, {
        autoRole: this.#options.autoRole,
        remoteAddress: exchange.remoteAddress,
        userAgent: exchange.header("user-agent"),
        previous: readSession(exchange.header("cookie"), transportOf(this.#edge)),
      });
      const { uid } = kept;
      const next = /^[\w-]{1,100}$/.test(uid) ? `${MOUNT}/interaction/${uid}` : "/";
      redirect(exchange, next, [this.#cookie("", 0), sessionCookie(session, transportOf(this.#edge))]);
    });
  }

  async #identityOf(
    exchange: Exchange,
    { state, nonce, verifier }: Begun,
  ): Promise<{ issuer: string; subject: string; email?: string; name?: string }> {
    const library = await import("openid-client");
    const url = new URL(this.#callbackUrl);
    url.search = exchange.query.toString();
    const tokens = await library.authorizationCodeGrant(await this.#discovered(), url, {
      expectedState: state,
      expectedNonce: nonce,
      pkceCodeVerifier: verifier,
      idTokenExpected: true,
    });
    const claims = tokens.claims();
    if (claims === undefined) throw new PlatformError("UNAUTHENTICATED", "The provider sent no ID token.");
    const { iss, sub, email, email_verified: isVerified, name } = claims;
    return {
      issuer: iss,
      subject: sub,
      ...(typeof email === "string" && isVerified === true ? { email } : {}),
      ...(typeof name === "string" ? { name } : {}),
    };
  }

  /** Read once; tried again when it failed. */
  async #discovered(): Promise<Configuration> {
    this.#configuration ??= this.#discover();
    try {
      return await this.#configuration;
    } catch (error) {
      this.#configuration = undefined;
      throw error;
    }
  }

  async #discover(): Promise<Configuration> {
    const library = await import("openid-client");
    const { issuer, clientId, clientSecret } = this.#options;
    const authentication = clientSecret === undefined ? library.None() : library.ClientSecretBasic(clientSecret);
    const server = new URL(issuer);
    return await library.discovery(server, clientId, clientSecret, authentication, {
      [library.customFetch]: async (url, init) => await this.#fetch(url, toRequestInit(init)),
      // Only what the configuration itself spells so; the platform's outbound rules hold all the same.
      execute: server.protocol === "http:" ? [library.allowInsecureRequests] : [],
    });
  }

  /** Everything that goes wrong is a page, and the log has the rest. */
  async #orSay(exchange: Exchange, go: () => Promise<void>): Promise<void> {
    try {
      await go();
    } catch (error) {
      const known = isPlatformError(error);
      if (!known) this.#edge.log(`oauth: sign-in with ${this.#options.issuer}: ${String(error)}`);
      const text = known ? `${error.message} ${error.hint ?? ""}` : "The provider did not sign you in.";
      sendPage(exchange.res, messagePage("You are not signed in", text), { status: known ? 403 : 502 });
    }
  }

  #kept(exchange: Exchange): Begun | undefined {
    const [, sealed] = /(?:^|;\s*)berth_upstream=([A-Za-z0-9_-]+)/.exec(exchange.header("cookie") ?? "") ?? [];
    const kept = sealed === undefined ? undefined : this.#sealer.open("sign in", this.#nobody, sealed);
    // What this class has sealed.
    const begun = kept as unknown as Begun | undefined;
    return begun !== undefined && begun.until > Date.now() ? begun : undefined;
  }

  #cookie(value: string, seconds: number): string {
    const secure = this.#edge.baseUrl().startsWith("https:") ? "; Secure" : "";
    return `${COOKIE}=${value}; Path=${MOUNT}/upstream; HttpOnly; SameSite=Lax; Max-Age=${seconds}${secure}`;
  }

  get #callbackUrl(): string {
    return `${new URL(this.#edge.baseUrl()).origin}${CALLBACK}`;
  }
}

function toRequestInit({
  method,
  headers,
  body,
}: {
  method: string;
  headers: Record<string, string>;
  body?: unknown;
}): RequestInit {
  const text = body instanceof URLSearchParams || typeof body === "string" ? body : undefined;
  return { method, headers, ...(text === undefined ? {} : { body: text }) };
}

function redirect(exchange: Exchange, location: string, cookies: readonly string[]): void {
  const headers = { Location: location, "Set-Cookie": [...cookies], "Cache-Control": "no-store", "Content-Length": 0 };
  exchange.res.writeHead(303, headers).end();
}
