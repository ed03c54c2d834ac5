import type { A2aCall } from "../a2a/operations.ts";
import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import type { AgentTarget } from "../edge/routes.ts";
import type { Answer } from "./answer.ts";
import type { CallsInFlight } from "./calls-in-flight.ts";
import type { McpRequest } from "./mcp-request.ts";
import type { Sealer } from "./sealer.ts";
import type { SessionNotes } from "./session-notes.ts";
import type { Surface } from "./surface.ts";

/** What every MCP server of this gateway shares. */
export interface McpHouse {
  readonly edge: Edge;
  readonly sealer: Sealer;
  readonly inFlight: CallsInFlight;
  readonly notes: SessionNotes;
}

/** One request to an MCP server, with what is needed to answer it. */
export interface McpCall extends McpHouse {
  readonly exchange: Exchange;
  readonly surface: Surface;
  readonly request: McpRequest;
  /** Names the session in 2025; undefined: there is none. */
  readonly session: string | undefined;
  readonly answer: Answer;
}

export function toA2aCall({ edge, exchange }: McpCall, agent: AgentTarget): A2aCall {
  return { edge, exchange, agent };
}
