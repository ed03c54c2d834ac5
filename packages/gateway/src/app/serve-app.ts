import { PlatformError, isPlatformError } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import { findAddressed } from "../edge/addressed-release.ts";
import { authenticate } from "../edge/authenticate.ts";
import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { sendEmpty } from "../edge/respond.ts";
import type { AgentTarget } from "../edge/routes.ts";
import { sendFile } from "../edge/static-files.ts";
import type { AppFiles } from "./app-files.ts";
import { APP_HEADERS } from "./app-headers.ts";
import { startSignIn } from "./sign-in.ts";

/** Files of the app; a path that names no file is one of the app's own views. Whoever must sign in first is sent to. */
export async function serveApp(edge: Edge, files: AppFiles, exchange: Exchange, target: AgentTarget): Promise<void> {
  assertOwnHost(exchange);
  // It would go on answering for the app when the release it came with is gone.
  if (exchange.header("service-worker") === "script") throw notFound("Apps have no service workers.");
  const found = await findOrSignIn(edge, exchange, target);
  if (found === undefined) return;
  const { release } = found;
  if (release.config.frontend === undefined) {
    throw notFound(`The agent "${target.name}" has no app.`, "Its endpoints are on its card.");
  }
  const path = exchange.params["path"];
  if (path === undefined) {
    // So that what the page names beside itself is found below /app/.
    const search = exchange.query.size === 0 ? "" : `?${exchange.query.toString()}`;
    return sendEmpty(exchange, { status: 308, headers: { ...APP_HEADERS, Location: `/app/${search}` } });
  }
  const isView = !/\.[^/]*$/.test(path);
  const file =
    (path === "" ? undefined : await files.find(release, path)) ??
    (isView ? await files.find(release, "index.html") : undefined);
  if (file === undefined) throw notFound("The app has no such file.");
  sendFile(exchange, file, { headers: APP_HEADERS, isPublic: release.config.visibility === "public" });
}

/** Undefined when the browser was sent to sign in. @throws UNAUTHENTICATED for what is no page, AGENT_NOT_FOUND, RELEASE_NOT_FOUND */
async function findOrSignIn(
  edge: Edge,
  exchange: Exchange,
  target: AgentTarget,
): Promise<Awaited<ReturnType<typeof findAddressed>> | undefined> {
  try {
    return await findAddressed(edge.control, await caller(edge, exchange, target), target);
  } catch (error) {
    if (!isPlatformError(error) || error.reason !== "UNAUTHENTICATED" || !isPage(exchange)) throw error;
    startSignIn(edge, exchange, target, `${exchange.path}${searchOf(exchange)}`);
    return undefined;
  }
}

/** A session that has ended is nobody's: a public app goes on without. */
async function caller(edge: Edge, exchange: Exchange, target: AgentTarget): Promise<Principal> {
  try {
    return await authenticate(exchange, edge, "anyone", target);
  } catch (error) {
    if (!isPlatformError(error) || error.reason !== "UNAUTHENTICATED" || exchange.session === undefined) throw error;
    return edge.control.auth.anonymous();
  }
}

function searchOf({ query }: Exchange): string {
  return query.size === 0 ? "" : `?${query.toString()}`;
}

/** What a person opens, rather than what a page loads. */
function isPage(exchange: Exchange): boolean {
  const dest = exchange.header("sec-fetch-dest");
  if (dest !== undefined) return dest === "document";
  return (exchange.header("accept") ?? "").includes("text/html");
}

/** Agents' pages never come from the platform's origin, where the console is. @throws ROUTE_NOT_FOUND */
export function assertOwnHost({ target, path }: Exchange): void {
  if (target.agent === undefined || !/^\/(?:app|auth)(?:\/|$)/.test(path)) {
    throw notFound("There is nothing at this address.", "An agent's app is at the agent's own host.");
  }
}

function notFound(message: string, hint?: string): PlatformError {
  return new PlatformError("ROUTE_NOT_FOUND", message, hint === undefined ? {} : { hint });
}
