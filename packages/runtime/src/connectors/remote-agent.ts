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
  readonly http: HttpTransport;
  readonly wire: AgentWire;
}

export function toRemoteAgent(
  { agentName, remote }: ReleaseSpec,
  { dispatcher, timers }: { readonly dispatcher: Dispatcher; readonly timers: Timers },
): RemoteAgent {
  if (remote === undefined) throw new Error(`agent ${agentName} is not elsewhere`);
  const { origin } = new URL(remote.url);
  const http = new HttpTransport({
    dispatcher,
    origin,
    headers: remote.headers,
    bodyTimeoutMs: BODY_TIMEOUT_MS,
    timers,
    unresponsive: (what, cause) => remoteUnresponsive(agentName, what, cause),
    explain: async (error) =>
      error instanceof OutboundError
        ? remoteUnresponsive(agentName, `cannot be called: its address ${error.message}`, error)
        : undefined,
  });
  return { name: agentName, http, wire: wireOf(remote, remote.streaming) };
}

export function remoteUnresponsive(name: string, what: string, cause?: unknown): PlatformError {
  return new PlatformError("AGENT_UNRESPONSIVE", `Remote agent "${name}" ${what}.`, {
    cause,
    hint: `See what is known of it: a2a agents show ${name}`,
  });
}
