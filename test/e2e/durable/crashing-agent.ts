import { PlatformError, RUN_METADATA, isPlatformError } from "@berth/protocol";
import type { IdGenerator, JsonObject, StreamResponse } from "@berth/protocol";
import type { AgentServices, ReleaseSpec, ServicesPeer, Turn, TurnEvent } from "@berth/runtime";
import { SERVICES_ROUTES } from "../../../packages/runtime/src/services/routes.ts";
import { ServiceError } from "../../../packages/sdk/src/context.ts";
import type { AgentOptions } from "../../../packages/sdk/src/define-agent.ts";
import { AgentService } from "../../../packages/sdk/src/server/agent-service.ts";
import type { ServicesClient, ServicesRequest } from "../../../packages/sdk/src/services/services-client.ts";

/** Whether what happens just now is the end of the process that does it. */
export type Crashes = (where: "before_write" | "after_write" | "frame") => boolean;

export interface InstanceOptions {
  readonly agent: AgentOptions;
  readonly spec: ReleaseSpec;
  readonly services: AgentServices;
  readonly crashes: Crashes;
  /** The platform that the instance runs under; it goes down with that. */
  readonly power: { readonly on: boolean };
  readonly newId: IdGenerator;
  readonly now: () => number;
}

/** One instance of an agent, for one turn: the SDK's real server, over the platform's real services. */
export async function* runInstance(
  options: InstanceOptions,
  turn: Turn,
  signal: AbortSignal,
): AsyncGenerator<TurnEvent> {
  const { power, crashes } = options;
  const life = new AbortController();
  const crash = (): never => {
    life.abort();
    throw new ServiceError("INTERNAL", "the connection is gone");
  };
  const send = async (request: ServicesRequest): Promise<JsonObject> => {
    if (life.signal.aborted || !power.on) return crash();
    if (request.method !== "GET" && crashes("before_write")) return crash();
    const done = await answer(options, request);
    if (request.method !== "GET" && crashes("after_write")) return crash();
    return done;
  };
  const client: ServicesClient = {
    send: async (request) => {
      try {
        return { headers: {}, body: new TextEncoder().encode(JSON.stringify(await send(request))) };
      } catch (error) {
        throw isPlatformError(error) ? new ServiceError(error.reason, error.message) : error;
      }
    },
    open: async () => nobodyAsks(),
  };
  const frames: StreamResponse[] = [];
  let wake = (): void => undefined;
  let isOver = false;
  const message = { ...turn.message, metadata: { ...turn.message.metadata, [RUN_METADATA]: { ...turn.credentials } } };
  const stop = serviceOf(options, client).stream(
    { message },
    {
      frame: (frame) => {
        frames.push(frame);
        wake();
      },
      end: () => {
        isOver = true;
        wake();
      },
    },
  );
  const onEnd = (): void => wake();
  for (const each of [signal, life.signal]) each.addEventListener("abort", onEnd);
  try {
    for (;;) {
      for (let frame = frames.shift(); frame !== undefined; frame = frames.shift()) {
        if (crashes("frame")) life.abort();
        if (life.signal.aborted) throw killed();
        yield { kind: "frame", frame };
      }
      if (life.signal.aborted) throw killed();
      if (isOver || signal.aborted || !power.on) return;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    life.abort();
    stop();
  }
}

export function serviceOf(
  { agent, newId, now }: Pick<InstanceOptions, "agent" | "newId" | "now">,
  services: ServicesClient = { send: async () => nobodyAsks(), open: async () => nobodyAsks() },
): AgentService {
  return new AgentService({
    agent,
    url: "http://localhost/",
    workspace: {} as never, // nobody here has files, remembers or asks a model
    memory: {} as never,
    localLlm: {} as never,
    services,
    newId,
    now,
  });
}

/** What the services socket does with a request. */
async function answer(
  { spec, services }: InstanceOptions,
  { method, path, headers, body, signal }: ServicesRequest,
): Promise<JsonObject> {
  const [place = "", search = ""] = path.split("?");
  const segments = place.split("/").filter(Boolean).map(decodeURIComponent);
  const route = SERVICES_ROUTES.find(
    (each) =>
      each.method === method &&
      each.path.length === segments.length &&
      each.path.every((segment, index) => segment === "*" || segment === segments[index]),
  );
  if (route === undefined) throw new Error(`no route for ${method} ${path}`);
  const { orgId, agentId, agentName, releaseId } = spec;
  const peer: ServicesPeer = { orgId, agentId, agentName, releaseId, instanceId: "ins_test" };
  const grant = (headers?.["authorization"] ?? "").replace("Grant ", "");
  const reply = await route.handle(
    services,
    { peer, grant, signal: signal ?? new AbortController().signal },
    {
      params: segments.filter((_segment, index) => route.path[index] === "*"),
      query: new URLSearchParams(search),
      header: (name) => headers?.[name],
      json: async () => JSON.parse(String(body)) as JsonObject, // as the SDK has written it
      bytes: async () => nobodyAsks(),
    },
  );
  // Routes without a file in them answer with an object.
  return reply !== undefined && "json" in reply ? (reply.json as JsonObject) : {};
}

function killed(): PlatformError {
  return new PlatformError("AGENT_CRASHED", "It was killed.");
}

export function nobodyAsks(): never {
  throw new Error("nobody asks for this");
}
