import type { ServerResponse } from "node:http";
import { PlatformError, isPlatformError } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import type Provider from "oidc-provider";
import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { assertSameOrigin } from "../edge/origin.ts";
import { transportOf } from "../edge/host-cookie.ts";
import { readSession, sessionCookie } from "../edge/session-cookie.ts";
import { readForm } from "./form.ts";
import { pageHeaders } from "./html.ts";
import { consentPage, loginPage, messagePage } from "./pages.ts";
import { MOUNT, toProviderRequest } from "./provider-request.ts";
import type { Upstream } from "./upstream.ts";

type Details = Awaited<ReturnType<Provider["interactionDetails"]>>;

export interface InteractionHouse {
  readonly edge: Edge;
  readonly provider: Provider;
  readonly upstream: Upstream | undefined;
}

/** The pages between a client's question and its answer: who are you, and may it. Each writes the whole response. */
export async function showInteraction(house: InteractionHouse, exchange: Exchange): Promise<void> {
  await withDetails(house, exchange, async (details) => await show(house, exchange, details));
}

export async function submitLogin(house: InteractionHouse, exchange: Exchange): Promise<void> {
  assertSameOrigin(exchange);
  await withDetails(house, exchange, async (details) => {
    const { oauth } = house.edge.control;
    try {
      const principal = await signIn(house.edge, exchange);
      await finish(house, exchange, { login: { accountId: oauth.subjectOf(principal), remember: false } });
    } catch (error) {
      if (!isPlatformError(error) || error.status === "INTERNAL" || error.status === "UNAVAILABLE") throw error;
      const wrong = error.hint === undefined ? error.message : `${error.message} ${error.hint}`;
      await show(house, exchange, details, { wrong, status: error.reason === "RATE_LIMITED" ? 429 : 400 });
    }
  });
}

export async function submitConsent(house: InteractionHouse, exchange: Exchange): Promise<void> {
  assertSameOrigin(exchange);
  await withDetails(house, exchange, async (details) => {
    const { edge, provider } = house;
    const accountId = details.session?.accountId;
    const principal = accountId === undefined ? undefined : await edge.control.oauth.subject(accountId);
    const client = await provider.Client.find(clientIdOf(details));
    const answer = (await readForm(exchange)).get("answer");
    const mayUse =
      client !== undefined && principal !== undefined && (await isForOrganization(edge, client.clientId, principal));
    if (details.prompt.name !== "consent" || answer !== "allow" || accountId === undefined || !mayUse) {
      return await finish(house, exchange, DENIED);
    }
    const known = details.grantId === undefined ? undefined : await provider.Grant.find(details.grantId);
    const grant = known ?? new provider.Grant({ accountId, clientId: client.clientId });
    const { missingOIDCScope, missingResourceScopes } = missingOf(details);
    if (missingOIDCScope.length > 0) grant.addOIDCScope(missingOIDCScope.join(" "));
    for (const [resource, scopes] of Object.entries(missingResourceScopes)) {
      grant.addResourceScope(resource, scopes.join(" "));
    }
    // What cannot be written down is not allowed.
    await edge.control.oauth.noteConsent(principal, {
      clientId: client.clientId,
      scopes: askedScopes(details).join(" "),
      resource: resourceOf(details),
    });
    const grantId = await grant.save();
    await finish(house, exchange, { consent: { grantId } });
  });
}

export async function abortInteraction(house: InteractionHouse, exchange: Exchange): Promise<void> {
  assertSameOrigin(exchange);
  await withDetails(house, exchange, async () => await finish(house, exchange, DENIED));
}

const DENIED = { error: "access_denied", error_description: "The person has not allowed this." } as const;

async function withDetails(
  { edge, provider }: InteractionHouse,
  exchange: Exchange,
  go: (details: Details) => Promise<void>,
): Promise<void> {
  let details: Details;
  try {
    details = await provider.interactionDetails(requestOf(edge, exchange), exchange.res);
  } catch {
    const text =
      "This page is too old, or belongs to another browser. Go back to the program that sent you, and begin again.";
    return sendPage(exchange.res, messagePage("Begin again", text), { status: 400 });
  }
  // The cookie is the library's to check; that the address is the cookie's is ours.
  if (details.uid !== exchange.param("uid"))
    throw new PlatformError("ROUTE_NOT_FOUND", "There is nothing at this address.");
  await go(details);
}

async function show(
  { edge, provider, upstream }: InteractionHouse,
  exchange: Exchange,
  details: Details,
  { wrong, status = 200 }: { readonly wrong?: string; readonly status?: number } = {},
): Promise<void> {
  const client = await provider.Client.find(clientIdOf(details));
  const clientId = client?.clientId ?? clientIdOf(details);
  const clientName = client?.clientName ?? clientId;
  const action = `${MOUNT}/interaction/${details.uid}`;
  const redirectUri = textOf(details.params["redirect_uri"]);
  const formTargets = targetsOf(redirectUri);
  if (details.prompt.name === "login") {
    const signedInAs = (await consoleCaller(edge, exchange))?.name;
    const body = loginPage({ action, clientName, signedInAs, upstream: upstream?.link(details.uid), wrong });
    return sendPage(exchange.res, body, { status, formTargets });
  }
  const principal = await edge.control.oauth.subject(details.session?.accountId ?? "");
  if (principal === undefined || !(await isForOrganization(edge, clientId, principal))) {
    const text = "This client is not for your organization, or your account has ended.";
    return sendPage(exchange.res, messagePage("Not allowed", text), { status: 403 });
  }
  const body = consentPage({
    action,
    clientName,
    clientHost: URL.parse(clientId)?.host,
    redirectUri,
    resource: resourceOf(details),
    scopes: askedScopes(details),
    who: principal.name ?? principal.id,
    orgId: principal.orgId,
  });
  sendPage(exchange.res, body, { status, formTargets });
}

/** Email and password, an API key, or the console's session. @throws UNAUTHENTICATED, RATE_LIMITED, PERMISSION_DENIED */
async function signIn(edge: Edge, exchange: Exchange): Promise<Principal> {
  const { auth } = edge.control;
  const form = await readForm(exchange);
  const [email, password, key] = [form.get("email"), form.get("password"), form.get("key")];
  if (email !== null && password !== null) {
    const previous = readSession(exchange.header("cookie"), transportOf(edge));
    const context = { remoteAddress: exchange.remoteAddress, userAgent: exchange.header("user-agent"), previous };
    const { session, principal } = await auth.signIn({ email, password }, context);
    exchange.res.setHeader("Set-Cookie", [sessionCookie(session, transportOf(edge))]);
    return principal;
  }
  if (key !== null) return await auth.authenticate(key.trim(), exchange);
  const known = form.get("use") === "session" ? await consoleCaller(edge, exchange) : undefined;
  if (known === undefined)
    throw new PlatformError("UNAUTHENTICATED", "Sign in with email and password, or with an API key.");
  return known;
}

async function consoleCaller(edge: Edge, exchange: Exchange): Promise<Principal | undefined> {
  const session = readSession(exchange.header("cookie"), transportOf(edge));
  if (session === undefined) return undefined;
  try {
    return await edge.control.auth.authenticate(session, exchange);
  } catch (error) {
    if (isPlatformError(error) && error.reason === "UNAUTHENTICATED") return undefined;
    throw error;
  }
}

/** What an administrator has made is for their own people. */
async function isForOrganization({ control }: Edge, clientId: string, { orgId }: Principal): Promise<boolean> {
  const known = await control.oauth.findClient(clientId);
  return known === undefined || known.orgId === orgId;
}

async function finish(
  { edge, provider }: InteractionHouse,
  exchange: Exchange,
  result: Parameters<Provider["interactionResult"]>[2],
): Promise<void> {
  const location = await provider.interactionResult(requestOf(edge, exchange), exchange.res, result);
  exchange.res.writeHead(303, { Location: location, "Cache-Control": "no-store", "Content-Length": 0 }).end();
}

function requestOf(edge: Edge, exchange: Exchange): ReturnType<typeof toProviderRequest> {
  const { origin } = new URL(edge.baseUrl());
  return toProviderRequest(exchange, { path: exchange.path, search: "", origin });
}

interface Missing {
  readonly missingOIDCScope: readonly string[];
  readonly missingResourceScopes: Readonly<Record<string, readonly string[]>>;
}

function missingOf({ prompt }: Details): Missing {
  // As the library's consent prompt has them (interaction_policy/prompts/consent).
  const details = prompt.details as Partial<Missing>;
  return {
    missingOIDCScope: details.missingOIDCScope ?? [],
    missingResourceScopes: details.missingResourceScopes ?? {},
  };
}

/** Also what was agreed on before: the page says all that the client will have. */
function askedScopes(details: Details): readonly string[] {
  const { missingOIDCScope, missingResourceScopes } = missingOf(details);
  const missing = [...missingOIDCScope, ...Object.values(missingResourceScopes).flat()];
  const asked = (textOf(details.params["scope"]) ?? "").split(" ").filter((scope) => scope !== "");
  return missing.length > 0 ? [...new Set(missing)] : asked;
}

function resourceOf({ params }: Details): string {
  const { resource } = params;
  return Array.isArray(resource) ? resource.join(", ") : (textOf(resource) ?? "");
}

function clientIdOf({ params }: Details): string {
  return textOf(params["client_id"]) ?? "";
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** For form-action, where a redirect of a form's answer leads; only what cannot end the directive. */
function targetsOf(redirectUri: string | undefined): readonly string[] {
  const url = redirectUri === undefined ? null : URL.parse(redirectUri);
  if (url === null) return [];
  const target = url.origin === "null" ? url.protocol : url.origin;
  return /^[a-z][a-z0-9+.-]*:(?:\/\/[\w.[\]:-]+)?$/i.test(target) ? [target] : [];
}

interface PageOptions {
  readonly status: number;
  readonly formTargets?: readonly string[];
}

export function sendPage(res: ServerResponse, body: string, { status, formTargets }: PageOptions): void {
  res.writeHead(status, { ...pageHeaders(formTargets), "Content-Length": Buffer.byteLength(body) }).end(body);
}
