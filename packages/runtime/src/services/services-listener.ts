import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { PlatformError, isPlatformError } from "@berth/protocol";
import type { AgentModels } from "../agent-models.ts";
import type { AgentServices, ServicesCall, ServicesPeer } from "../agent-services.ts";
import { modelListener } from "../models/model-listener.ts";
import type { RuntimeTelemetry } from "../runtime-telemetry.ts";
import { FileSlots } from "./file-slots.ts";
import { OTLP_PATHS, otlpListener } from "./otlp-listener.ts";
import { readBytes, readJsonObject } from "./request-body.ts";
import { sendBytes, sendJson, sendNothing, sendProblem } from "./respond.ts";
import { SERVICES_ROUTES } from "./routes.ts";
import type { ServicesRequest } from "./routes.ts";

export interface ServicesListenerOptions {
  readonly peer: ServicesPeer;
  /** Undefined before the platform has opened. */
  readonly services: () => AgentServices | undefined;
  readonly models?: () => AgentModels | undefined;
  /** Tasks whose turns run on the instance now. */
  readonly turns?: () => readonly string[];
  /** Undefined where nobody takes it. */
  readonly telemetry?: () => RuntimeTelemetry | undefined;
  readonly now?: () => number;
  readonly log: (line: string) => void;
}

const MAX_GRANT = 8 * 1024;
const STALLED_MS = 60_000;
const MODELS = "/llm/";

/**
 * Answers one instance's requests to the platform. Who asks is known by the socket this listens on; what the run may do
 * is known by the grant that each request carries.
 */
export function servicesListener(options: ServicesListenerOptions): RequestListener {
  const slots = new FileSlots();
  const models = modelListener({ models: () => undefined, turns: () => [], ...options });
  const otlp = otlpListener({ telemetry: () => undefined, now: Date.now, ...options });
  return (req, res) => {
    req.on("error", () => {});
    res.on("error", () => {});
    // What OpenAI's clients speak has its own paths and its own errors.
    if (req.url?.startsWith(MODELS) === true) {
      void models(req.url.slice(MODELS.length - 1), req, res);
      return;
    }
    // Exporters are told a base address and no more.
    const signal = OTLP_PATHS.get(req.url ?? "");
    if (signal !== undefined) {
      void otlp(signal, req, res);
      return;
    }
    void answer(req, res, options, slots).catch((error: unknown) => {
      if (!isPlatformError(error)) options.log(`services of ${options.peer.agentName}: ${describe(error)}`);
      sendProblem(res, isPlatformError(error) ? error : internal(error));
    });
  };
}

async function answer(
  req: IncomingMessage,
  res: ServerResponse,
  { peer, services }: ServicesListenerOptions,
  slots: FileSlots,
): Promise<void> {
  const target = services();
  if (target === undefined) {
    throw new PlatformError("SHUTTING_DOWN", "The platform is not ready for agents yet.", { retryable: true });
  }
  const gone = new AbortController();
  res.once("close", () => gone.abort());
  const { route, path } = findRoute(req);
  const call: ServicesCall = { peer, grant: route.needsGrant ? grantOf(req) : "", signal: gone.signal };
  if (route.carriesFile === true) {
    const leave = await slots.enter();
    // Until the answer has left too: an agent that does not read it holds up nobody but itself, and not for long.
    res.setTimeout(STALLED_MS, () => res.destroy());
    if (res.destroyed) leave();
    else res.once("close", leave);
  }
  const request: ServicesRequest = {
    ...path,
    header: (name) => single(req.headers[name]),
    json: async () => await readJsonObject(req),
    bytes: async () => await readBytes(req),
  };
  const reply = await route.handle(target, call, request);
  if (reply === undefined) sendNothing(res);
  else if ("content" in reply) sendBytes(res, reply);
  else sendJson(res, reply.json, reply.status);
}

interface FoundPath {
  readonly params: readonly string[];
  readonly query: URLSearchParams;
}

/** @throws ROUTE_NOT_FOUND, METHOD_NOT_FOUND, INVALID_REQUEST */
function findRoute(req: IncomingMessage): {
  readonly route: (typeof SERVICES_ROUTES)[number];
  readonly path: FoundPath;
} {
  const url = req.url ?? "/";
  const mark = url.indexOf("?");
  const segments = (mark === -1 ? url : url.slice(0, mark)).split("/").slice(1).map(decodeSegment);
  const query = new URLSearchParams(mark === -1 ? "" : url.slice(mark + 1));
  let sawPath = false;
  for (const route of SERVICES_ROUTES) {
    const params = fit(route.path, segments);
    if (params === undefined) continue;
    sawPath = true;
    if (route.method === req.method) return { route, path: { params, query } };
  }
  throw sawPath
    ? new PlatformError("METHOD_NOT_FOUND", `${req.method ?? "This method"} is not possible here.`)
    : new PlatformError("ROUTE_NOT_FOUND", "The services endpoint has nothing at this address.", {
        hint: "It is described in docs/reference/services.md.",
      });
}

/** `*` takes one segment, `**` all that are left, joined by `/`. */
function fit(pattern: readonly string[], segments: readonly string[]): readonly string[] | undefined {
  const params: string[] = [];
  for (const [index, part] of pattern.entries()) {
    if (part === "**") {
      if (segments.length <= index) return undefined;
      return [...params, segments.slice(index).join("/")];
    }
    const segment = segments[index];
    if (segment === undefined) return undefined;
    if (part === "*") params.push(segment);
    else if (part !== segment) return undefined;
  }
  return segments.length === pattern.length ? params : undefined;
}

/** Once, here; what it gives is checked by whoever uses it as a path. */
function decodeSegment(text: string): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(text);
  } catch (error) {
    throw new PlatformError("INVALID_REQUEST", "The address is not validly percent-encoded.", { cause: error });
  }
  if (decoded.includes("/")) throw new PlatformError("PATH_INVALID", "A segment of the path holds a separator.");
  return decoded;
}

/** @throws GRANT_REQUIRED */
function grantOf(req: IncomingMessage): string {
  const match = /^grant +(\S+) *$/i.exec(req.headers.authorization ?? "");
  const grant = match?.[1];
  if (grant !== undefined && grant.length <= MAX_GRANT) return grant;
  throw new PlatformError("GRANT_REQUIRED", "This needs the run's grant.", {
    hint: "Send Authorization: Grant <grant>, from the run's credentials in the message's metadata.",
  });
}

function single(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === "string" ? value : value?.[0];
}

function internal(cause: unknown): PlatformError {
  return new PlatformError("INTERNAL", "The platform could not answer.", { cause });
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
