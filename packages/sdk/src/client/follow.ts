import { PlatformError } from "@berth/protocol";
import type { CallOptions } from "./call-options.ts";
import type { ServerSentEvent } from "./event-stream.ts";
import type { Http } from "./http.ts";
import type { DeploymentUpdate } from "./deployments-client.ts";
import type { LogLine } from "./platform-types.ts";
import { createReconnect } from "./reconnect.ts";

/** The server sends a comment at least this often; a longer silence is a dead connection. */
const SILENCE_MS = 60_000;

/** Follows a deployment to its end; a dropped connection goes on after the last event seen. */
export async function* followDeployment(
  http: Http,
  deploymentId: string,
  options: CallOptions = {},
): AsyncGenerator<DeploymentUpdate> {
  const reconnect = createReconnect(options);
  let lastEventId: string | undefined;
  for (;;) {
    try {
      const path = `v1/deployments/${encodeURIComponent(deploymentId)}/events`;
      const events = http.events(
        { method: "GET", path, headers: { "last-event-id": lastEventId } },
        { timeoutMs: SILENCE_MS, ...options },
      );
      for await (const event of events) {
        reconnect.succeeded();
        lastEventId = event.id ?? lastEventId;
        const update = deploymentUpdate(event);
        if (update !== undefined) yield update;
        if (update?.kind === "done") return;
      }
      await reconnect.pause(endedEarly());
    } catch (error) {
      await reconnect.pause(error);
    }
  }
}

/** The newest lines, then live ones. Ends when the server ends it, or with an error: lines have no ids to resume from. */
export async function* followLogs(
  http: Http,
  agent: string,
  { limit, ...options }: CallOptions & { readonly limit?: number } = {},
): AsyncGenerator<LogLine> {
  const path = `v1/agents/${encodeURIComponent(agent)}/logs`;
  const events = http.events({ method: "GET", path, query: { limit } }, { timeoutMs: SILENCE_MS, ...options });
  for await (const { event, data } of events) {
    if (event === "log") yield parse(data) as LogLine;
  }
}

type Of<K extends DeploymentUpdate["kind"]> = Extract<DeploymentUpdate, { readonly kind: K }>;

function deploymentUpdate({ event, data }: ServerSentEvent): DeploymentUpdate | undefined {
  if (event === "step") return { kind: "step", step: parse(data) as Of<"step">["step"] };
  if (event === "log") return { kind: "log", line: parse(data) as Of<"log">["line"] };
  if (event === "status") return { kind: "status", ...(parse(data) as Pick<Of<"status">, "status">) };
  if (event === "done") return { kind: "done", deployment: parse(data) as Of<"done">["deployment"] };
  return undefined;
}

/** The platform's events are its documented contract, as its answers are: callers cast, nothing checks them again. */
function parse(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch (error) {
    throw new PlatformError("INVALID_AGENT_RESPONSE", "The platform sent an event that is not JSON.", { cause: error });
  }
}

function endedEarly(): PlatformError {
  return new PlatformError("PLATFORM_RESTARTED", "The stream of deployment events ended before the deployment did.");
}
