import type { Dispatcher } from "undici";
import { PlatformError } from "@berth/protocol";
import { OutboundError } from "../outbound/outbound-http.ts";
import type { Timers } from "../pool/timers.ts";
import type { ReleaseSpec } from "../sandbox-driver.ts";
import type { AgentWire } from "./agent-wire.ts";
import { HttpTransport } from "./http-transport.ts";
import { wireOf } from "./select-wire.ts";

/** Silence within an answer after which a connection counts as lost: middle boxes drop idle ones without a word. */
const BODY_TIMEOUT_MS = 120_000;

/** How to reach one agent elsewhere. */
export interface RemoteAgent {
  readonly name: string;
  /** Where this platform has put it; undefined: it is somebody else's. */
  readonly target?: string | undefined;
  readonly http: HttpTransport;
  readonly wire: AgentWire;
}

export function toRemoteAgent(
  { agentName, remote }: ReleaseSpec,
  { dispatcher, timers }: { readonly dispatcher: Dispatcher; readonly timers: Timers },
): RemoteAgent {
  if (remote === undefined) throw new Error(`agent ${agentName} is not elsewhere`);
  const { origin } = new URL(remote.url);
  const { placed: target } = remote;
  const http = new HttpTransport({
    dispatcher,
    origin,
    headers: remote.headers,
    freshHeaders: remote.freshHeaders,
    bodyTimeoutMs: BODY_TIMEOUT_MS,
    timers,
    unresponsive: (what, cause) => remoteUnresponsive({ name: agentName, target }, what, cause),
    explain: async (error) =>
      error instanceof OutboundError
        ? remoteUnresponsive({ name: agentName, target }, `cannot be called: its address ${error.message}`, error)
        : undefined,
  });
  return { name: agentName, target, http, wire: wireOf(remote, remote.streaming) };
}

export function remoteUnresponsive(
  { name, target }: Pick<RemoteAgent, "name" | "target">,
  what: string,
  cause?: unknown,
): PlatformError {
  const who = target === undefined ? `Remote agent "${name}"` : `The agent "${name}" on the target "${target}"`;
  return new PlatformError("AGENT_UNRESPONSIVE", `${who} ${what}.`, { cause, hint: hintOf({ name, target }, cause) });
}

function hintOf({ name, target }: Pick<RemoteAgent, "name" | "target">, cause: unknown): string {
  if (cause instanceof OutboundError && cause.kind === "refused") {
    return "Hosts with private addresses can be allowed by whoever runs the platform: BERTH_OUTBOUND_ALLOW=host:port.";
  }
  return target === undefined
    ? `See what is known of it: a2a agents show ${name}`
    : `See its last lines: a2a logs ${name}`;
}
