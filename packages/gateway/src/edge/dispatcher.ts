import { withRequestOrigin } from "@berth/control";
import type { RequestOrigin } from "@berth/control";
import { PlatformError, isAction } from "@berth/protocol";
import { HTTP } from "@berth/telemetry";
import { assertPlatformScheme, assertScheme } from "./agent-schemes.ts";
import { authenticate } from "./authenticate.ts";
import { agentChallenge, platformChallenge } from "./challenges.ts";
import { allowOrigins } from "./cors.ts";
import type { Edge } from "./edge.ts";
import type { Exchange } from "./exchange.ts";
import {
  assertNotCrossOrigin,
  assertNotForeignPage,
  assertOwnPage,
  assertSameOrigin,
  assertSocketOrigin,
} from "./origin.ts";
import { readPreviewName } from "./preview-name.ts";
import { admitRequest, countingFailures } from "./rate-limit.ts";
import { sendError, toPlatformError } from "./render-error.ts";
import type { ErrorForm } from "./render-error.ts";
import { beginSpan } from "./request-span.ts";
import type { SpanDescription } from "./request-span.ts";
import { sendEmpty } from "./respond.ts";
import { Router } from "./router.ts";
import type { Match } from "./router.ts";
import { assertPolicies } from "./routes.ts";
import type { AgentRoute, AgentTarget, PlatformRoute, Route } from "./routes.ts";
import { clearedAppSession } from "./app-cookies.ts";
import { transportOf } from "./host-cookie.ts";
import { clearedCookie } from "./session-cookie.ts";
import { hasExplicitCredential } from "./shown-credential.ts";
import { assertSingletonHeaders } from "./singleton-headers.ts";
import { sendStatic } from "./static-files.ts";
import type { StaticFiles } from "./static-files.ts";

export interface DispatcherOptions {
  readonly edge: Edge;
  readonly platform: readonly PlatformRoute[];
  readonly agent: readonly AgentRoute[];
  readonly console: StaticFiles | undefined;
}

/**
 * The way of a request: 1. headers that may occur once do; 2. the host is ours and says whether an agent is meant;
 * 3. the route; 4. who calls and whether the route lets them; 5. the handler. Whatever is thrown on the way is
 * answered in the form of the route.
 */
export class Dispatcher {
  readonly #edge: Edge;
  readonly #platform: Router<PlatformRoute>;
  readonly #agent: Router<AgentRoute>;
  readonly #console: StaticFiles | undefined;
  #stopping = false;

  constructor({ edge, platform, agent, console }: DispatcherOptions) {
    assertPolicies(platform);
    assertPolicies(agent);
    this.#edge = edge;
    this.#platform = new Router(platform);
    this.#agent = new Router(agent);
    this.#console = console;
  }

  /** From now on everything but the health routes is refused. */
  stop(): void {
    this.#stopping = true;
  }

  /** Whether a WebSocket may be opened at this path of the platform's host. */
  hasWebSocket(path: string): boolean {
    try {
      const match = this.#platform.match("GET", path);
      return match.kind === "found" && match.route.webSocket === true;
    } catch {
      return false;
    }
  }

  /** Never rejects. */
  async dispatch(exchange: Exchange): Promise<void> {
    const where: Where = { form: "problem" };
    try {
      await this.#route(exchange, where);
    } catch (thrown) {
      const error = toPlatformError(thrown, exchange, this.#edge.log);
      // A session that has ended must not follow the browser around.
      const stale = error.reason === "UNAUTHENTICATED" && exchange.session !== undefined;
      if (error.reason === "PERMISSION_DENIED") this.#noteDenied(exchange, where.action);
      sendError(exchange, error, { form: where.form, headers: stale ? { "Set-Cookie": this.#cleared(exchange) } : {} });
    } finally {
      exchange.span?.end(exchange.res.statusCode);
    }
  }

  #cleared({ target }: Exchange): string {
    return target.agent === undefined
      ? clearedCookie(transportOf(this.#edge))
      : clearedAppSession(transportOf(this.#edge));
  }

  /** Of the platform's own routes: what an agent refuses is in its tasks. */
  #noteDenied(exchange: Exchange, action: string | undefined): void {
    const { caller, method, path } = exchange;
    if (caller === undefined || caller.kind === "anonymous" || action === undefined) return;
    withRequestOrigin(originOf(exchange), () => {
      this.#edge.control.audit.noteDenied(caller, { action, resource: `${method} ${path}`.slice(0, MAX_RESOURCE) });
    });
  }

  async #route(exchange: Exchange, where: Where): Promise<void> {
    const { req, path } = exchange;
    assertSingletonHeaders(req);
    if (!path.startsWith("/")) throw notFound();
    if (!this.#isProbe(path)) exchange.target = this.#edge.hosts.resolve(req.headers.host, this.#scheme());
    allowOrigins(exchange, this.#edge.hosts);
    const agent = agentOf(exchange);
    if (agent !== undefined) {
      const route = this.#find(exchange, this.#matchAgent(exchange.method, agent), where);
      if (route === undefined) return;
      await this.#admit(exchange, route, agent);
      await withRequestOrigin(originOf(exchange, agent), async () => await route.handle(exchange, agent.target));
      return;
    }
    const match = this.#platform.match(exchange.method, path);
    if (match.kind === "none" && exchange.method !== "OPTIONS") return sendStatic(exchange, this.#console);
    const route = this.#find(exchange, match, where);
    if (route === undefined) return;
    where.action = route.policy;
    await this.#admit(exchange, route);
    if (isWorthSpan(route)) beginSpan(exchange, this.#edge, spanOf(route));
    await withRequestOrigin(originOf(exchange), async () => await route.handle(exchange));
  }

  /** A2A's HTTP+JSON has every route also below the tenant, which here is the agent's own name (A2A 1.0.1 §11). */
  #matchAgent(method: string, { target, path }: AgentPath): Match<AgentRoute> {
    const match = this.#agent.match(method, path);
    const prefix = `/${target.name}/`;
    if (match.kind !== "none" || !path.startsWith(prefix)) return match;
    return this.#agent.match(method, path.slice(prefix.length - 1));
  }

  #isProbe(path: string): boolean {
    const match = this.#platform.match("GET", path);
    return match.kind === "found" && match.route.anyHost === true;
  }

  #scheme(): string {
    return this.#edge.baseUrl().startsWith("https:") ? "https:" : "http:";
  }

  /** Undefined when it was answered here: OPTIONS, or a method that the address does not have. @throws ROUTE_NOT_FOUND */
  #find<R extends Route>(exchange: Exchange, match: Match<R>, where: Where): R | undefined {
    if (match.kind === "none") throw notFound();
    if (match.kind === "found") {
      where.form = match.route.errors ?? "problem";
      const { params } = match;
      exchange.params = params;
      if (exchange.method !== "HEAD" || match.route.stream !== true) return match.route;
      return this.#refuseMethod(exchange, ["GET", "OPTIONS"]);
    }
    if (exchange.method === "OPTIONS") sendEmpty(exchange, { headers: { Allow: match.allow.join(", ") } });
    else this.#refuseMethod(exchange, match.allow);
    return undefined;
  }

  #refuseMethod(exchange: Exchange, allow: readonly string[]): undefined {
    const error = new PlatformError("METHOD_NOT_FOUND", `${exchange.method} is not possible here.`, {
      hint: `These are: ${allow.join(", ")}.`,
    });
    sendError(exchange, error, { form: "problem", status: 405, headers: { Allow: allow.join(", ") } });
    return undefined;
  }

  /** @throws SHUTTING_DOWN, UNAUTHENTICATED, RATE_LIMITED, PERMISSION_DENIED, ORIGIN_NOT_ALLOWED */
  async #admit(exchange: Exchange, route: Route, agent?: AgentPath): Promise<void> {
    const { policy, anyHost, namesAgent } = route;
    if (this.#stopping && anyHost !== true) {
      throw new PlatformError("SHUTTING_DOWN", "The platform is stopping.", { retryable: true });
    }
    // Known before anybody is refused, here or by the handler.
    const mayRefuse = agent !== undefined && policy !== "none";
    if (mayRefuse) exchange.challenge = await agentChallenge(this.#edge, agent.target, agent.path);
    exchange.anyUser = route.basic === true;
    exchange.readToken = route.readToken;
    if (route.challenge !== undefined) exchange.challenge = route.challenge(exchange);
    else if (route.basic === true) exchange.challenge = { schemes: ["basic"] };
    else if (agent === undefined) {
      exchange.challenge = platformChallenge(this.#edge, exchange.target.origin, exchange.path);
    }
    const principal = await countingFailures(
      exchange,
      this.#edge,
      async () => await authenticate(exchange, this.#edge, policy, agent?.target),
    );
    exchange.principal = principal;
    await admitRequest(exchange, this.#edge, route, principal);
    if (mayRefuse) await assertScheme(this.#edge, principal, agent.target.name);
    else if (namesAgent !== true && route.basic !== true) assertPlatformScheme(principal);
    if (route.webSocket === true && exchange.upgrade !== undefined) assertSocketOrigin(exchange, this.#edge.hosts);
    if (exchange.method === "GET" || exchange.method === "HEAD") {
      // An agent's neighbours are the same site: their pages must not even begin to read.
      if (agent !== undefined && exchange.session !== undefined) assertOwnPage(exchange);
      return;
    }
    if (exchange.session !== undefined) assertSameOrigin(exchange);
    // A browser shows it whoever wrote the page, as it does with cookies.
    else if (principal.authn?.scheme === "mtls") assertNotCrossOrigin(exchange);
    else if (policy !== "none" && !hasExplicitCredential(exchange)) assertNotForeignPage(exchange);
  }
}

/** What is known of the route when something is thrown on the way. */
interface Where {
  form: ErrorForm;
  /** Its policy, of a route of the platform. */
  action?: string;
}

const MAX_RESOURCE = 512;

/** What changes something. Protocols name their own; what brings spans in makes none. */
function isWorthSpan({ method, policy, errors, stream }: PlatformRoute): boolean {
  return (
    method !== "GET" && isAction(policy) && policy !== "telemetry.ingest" && errors === undefined && stream !== true
  );
}

function spanOf({ method, path }: PlatformRoute): SpanDescription {
  return { name: `${method} ${path}`, attributes: { [HTTP.method]: method, [HTTP.route]: path } };
}

/** What the audit log says of where a request came from. */
function originOf(exchange: Exchange, agent?: AgentPath): RequestOrigin {
  const { remoteAddress, requestId, caller, session, path } = exchange;
  const userAgent = exchange.header("user-agent")?.slice(0, MAX_RESOURCE);
  return {
    address: remoteAddress,
    ...(userAgent === undefined ? {} : { userAgent }),
    door: session === undefined ? doorOf(path, agent) : exchange.target.agent === undefined ? "console" : "app",
    requestId,
    ...(caller?.actors === undefined ? {} : { actors: caller.actors }),
  };
}

function doorOf(path: string, agent: AgentPath | undefined): string {
  if (agent !== undefined) return agent.path.startsWith("/mcp") ? "mcp" : "a2a";
  if (path.startsWith("/v2/")) return "registry";
  return path.startsWith("/oauth") ? "oauth" : "api";
}

/** Of an agent on the platform's own host. The second is A2A's shared endpoint: the tenant is the agent. */
const ALIASES = ["/agents/", "/a2a/"] as const;

interface AgentPath {
  readonly target: AgentTarget;
  /** The rest of the path. */
  readonly path: string;
}

/** The agent by its own host, or by the path on the platform's. */
function agentOf({ target, path }: Exchange): AgentPath | undefined {
  if (target.agent !== undefined) return { target: { ...readPreviewName(target.agent), base: target.origin }, path };
  const alias = ALIASES.find((prefix) => path.startsWith(prefix));
  if (alias === undefined) return undefined;
  const end = path.indexOf("/", alias.length);
  const name = path.slice(alias.length, end === -1 ? undefined : end);
  const rest = end === -1 ? "/" : path.slice(end);
  return { target: { ...readPreviewName(name), base: `${target.origin}${ALIASES[0]}${name}` }, path: rest };
}

function notFound(): PlatformError {
  return new PlatformError("ROUTE_NOT_FOUND", "There is nothing at this address.", {
    hint: "The API is described at /v1/openapi.json.",
  });
}
