import type { OutgoingHttpHeaders } from "node:http";
import type { RateReading, RequestKind } from "@berth/control";
import { isPlatformError } from "@berth/protocol";
import type { PlatformError, Principal } from "@berth/protocol";
import type { Edge } from "./edge.ts";
import type { CallExchange, Exchange } from "./exchange.ts";
import type { Route } from "./routes.ts";
import { hasExplicitCredential } from "./shown-credential.ts";

type Limiting = Pick<Edge, "control">;

/**
 * Runs an authentication. Whoever shows wrong credentials again and again is not looked at for a while, so that they
 * cost no reading of the database. @throws RATE_LIMITED and what `authenticate` throws
 */
export async function countingFailures<T>(
  exchange: Pick<CallExchange, "header" | "remoteAddress">,
  { control }: Limiting,
  authenticate: () => Promise<T>,
): Promise<T> {
  if (!hasExplicitCredential(exchange) && exchange.header("cookie") === undefined) return await authenticate();
  control.limits.assertMayTry(exchange.remoteAddress);
  try {
    return await authenticate();
  } catch (error) {
    if (isPlatformError(error) && error.reason === "UNAUTHENTICATED") control.limits.failed(exchange.remoteAddress);
    throw error;
  }
}

/**
 * Counts a request, and says in the answer's header how many more there may be
 * (draft-ietf-httpapi-ratelimit-headers). Probes are not counted. @throws RATE_LIMITED
 */
export async function admitRequest(
  exchange: Exchange,
  edge: Limiting,
  route: Route,
  principal: Principal,
): Promise<void> {
  if (route.anyHost === true) return;
  const kind = kindOf(exchange.method, route);
  const reading = await edge.control.limits.admit({ principal, remoteAddress: exchange.remoteAddress }, kind);
  if (reading === undefined || exchange.res.headersSent) return;
  for (const [name, value] of Object.entries(readingHeaders(kind, reading))) exchange.res.setHeader(name, value);
}

/** What an agent's door is asked for is known later; what it starts is counted as a call then. */
function kindOf(method: string, { rate, errors }: Route): RequestKind {
  if (rate !== undefined) return rate;
  const isProtocol = errors !== undefined && errors !== "problem";
  return method === "GET" || method === "HEAD" || isProtocol ? "read" : "write";
}

function readingHeaders(policy: string, { burst, remaining, windowMs, fullMs }: RateReading): Record<string, string> {
  return rateFields(policy, [burst, remaining, seconds(windowMs), seconds(fullMs)]);
}

/** Of a refusal. */
export function refusalHeaders({ metadata }: PlatformError): OutgoingHttpHeaders {
  const { policy, quota, remaining, windowSeconds, resetSeconds, retryAfterSeconds } = metadata;
  const retry = { "Retry-After": count(retryAfterSeconds) ?? "1" };
  const numbers = [quota, remaining, windowSeconds, resetSeconds].map(count);
  if (typeof policy !== "string" || numbers.includes(undefined)) return retry;
  return { ...retry, ...rateFields(policy, numbers) };
}

function rateFields(policy: string, [q, r, w, t]: readonly unknown[]): Record<string, string> {
  const name = policy.replace(/[^a-z0-9_]+/gi, "_");
  return {
    "RateLimit-Policy": `"${name}";q=${String(q)};w=${String(w)}`,
    RateLimit: `"${name}";r=${String(r)};t=${String(t)}`,
  };
}

function count(value: unknown): string | undefined {
  return typeof value === "string" && /^\d{1,12}$/.test(value) ? value : undefined;
}

function seconds(ms: number): number {
  return Math.ceil(ms / 1_000);
}
