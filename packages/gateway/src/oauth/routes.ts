import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import { abortInteraction, showInteraction, submitConsent, submitLogin } from "./interactions.ts";
import type { InteractionHouse } from "./interactions.ts";
import { FORM_TYPE } from "./form.ts";
import { ProviderHost } from "./provider-host.ts";
import type { ProviderHostOptions, ServeOptions } from "./provider-host.ts";
import { MOUNT } from "./provider-request.ts";
import { Upstream } from "./upstream.ts";
import type { UpstreamOptions } from "./upstream.ts";

export interface OAuthRoutesOptions extends ProviderHostOptions {
  readonly upstream: UpstreamOptions | undefined;
}

type Method = PlatformRoute["method"];
type Handle = (exchange: Exchange) => Promise<void>;

/** Everything of the authorization server; nobody needs a credential of the platform to talk to it. */
export function oauthRoutes(options: OAuthRoutesOptions): readonly PlatformRoute[] {
  const host = new ProviderHost(options);
  const { edge } = options;
  const upstream = options.upstream === undefined ? undefined : new Upstream(edge, options.upstream, options.fetch);
  const served =
    (serve: ServeOptions): Handle =>
    async (exchange) =>
      await host.serve(exchange, serve);
  const withProvider =
    (go: (house: InteractionHouse, exchange: Exchange) => Promise<void>): Handle =>
    async (exchange) =>
      await go({ edge, provider: await host.provider(), upstream }, exchange);
  const library = served({ reading: "library" });
  return [
    ...wellKnownRoutes(served),
    route(
      "GET",
      "/auth",
      "Ask a person's leave (OAuth 2.1 authorization code with PKCE)",
      onIssuer(edge, served({ reading: "authorize" })),
      HTML,
    ),
    route("POST", "/auth", "The same, with the parameters in the body", served({ reading: "authorize" }), FORM_HTML),
    route("GET", "/auth/{uid}", "Go on after the person has answered", library, HTML),
    route(
      "POST",
      "/token",
      "Codes, refresh tokens, device codes and client credentials for access tokens",
      served({ reading: "token" }),
      FORM,
    ),
    route("POST", "/token/introspection", "Whether a token is good (RFC 7662)", library, FORM),
    route("POST", "/token/revocation", "End a token and what was agreed on with it (RFC 7009)", library, FORM),
    route("GET", "/jwks", "The public key that verifies access tokens (RFC 7517)", library),
    route("POST", "/reg", "A client makes itself known (RFC 7591)", served({ reading: "registration" }), {
      body: "application/json",
      status: 201,
    }),
    route("POST", "/device/auth", "A device asks for a code (RFC 8628)", served({ reading: "device" }), FORM),
    route("GET", "/device", "The page where a person types a device's code", onIssuer(edge, library), HTML),
    route("POST", "/device", "The code, typed or confirmed", library, FORM_HTML),
    route("GET", "/device/{uid}", "Go on with the device after the person has answered", library, HTML),
    route(
      "GET",
      "/interaction/{uid}",
      "The page where a person signs in or allows a client",
      withProvider(showInteraction),
      HTML,
    ),
    route("POST", "/interaction/{uid}/login", "Sign in on that page", withProvider(submitLogin), FORM_HTML),
    route("POST", "/interaction/{uid}/consent", "Allow the client", withProvider(submitConsent), FORM_HTML),
    route("POST", "/interaction/{uid}/abort", "Do not", withProvider(abortInteraction), FORM_HTML),
    ...(upstream === undefined
      ? []
      : [
          route(
            "GET",
            "/upstream",
            "Sign in with the other provider",
            onIssuer(edge, async (exchange) => await upstream.begin(exchange)),
            HTML,
          ),
          route(
            "GET",
            "/upstream/callback",
            "Where the other provider sends the browser back",
            async (exchange) => await upstream.finish(exchange),
            HTML,
          ),
        ]),
  ];
}

const HTML = { answers: "text/html" } as const;
const FORM = { body: FORM_TYPE } as const;
const FORM_HTML = { ...HTML, ...FORM } as const;

function route(
  method: Method,
  path: string,
  summary: string,
  handle: Handle,
  rest: Partial<PlatformRoute> = {},
): PlatformRoute {
  // What is sent here may be a guess.
  const guarded = method === "POST" ? ({ rate: "sign_in" } as const) : {};
  return { method, path: `${MOUNT}${path}`, policy: "none", ...guarded, summary, handle, ...rest };
}

/** Where clients look for an issuer with a path: put in between (RFC 8414 §3.1), or behind (OpenID Connect Discovery §4). */
function wellKnownRoutes(served: (serve: ServeOptions) => Handle): readonly PlatformRoute[] {
  return ["oauth-authorization-server", "openid-configuration"].flatMap((name) => {
    const path = `${MOUNT}/.well-known/${name}`;
    const common = {
      method: "GET",
      policy: "none",
      summary: "What the authorization server is and can (RFC 8414)",
      handle: served({ reading: "library", path }),
    } as const;
    return [
      { ...common, path },
      { ...common, path: `/.well-known/${name}${MOUNT}` },
    ];
  });
}

/** Cookies are of one host: whoever starts under another name of ours goes on under the issuer's. */
function onIssuer(edge: Edge, handle: Handle): Handle {
  return async (exchange) => {
    const { origin } = new URL(edge.baseUrl());
    if (exchange.target.origin === origin) return await handle(exchange);
    const query = exchange.query.toString();
    const location = `${origin}${exchange.path}${query === "" ? "" : `?${query}`}`;
    exchange.res.writeHead(307, { Location: location, "Content-Length": 0, "Cache-Control": "no-store" }).end();
  };
}
