import { isAction } from "@berth/protocol";
import type { Action } from "@berth/protocol";
import type { RequestKind } from "@berth/control";
import type { ErrorForm } from "./render-error.ts";
import type { Challenge } from "./challenges.ts";
import type { Exchange, ReadToken } from "./exchange.ts";
import type { Routable } from "./router.ts";

/**
 * Who may use a route. `none`: the credential is not even looked at. `anyone`: a credential is optional, a wrong one is
 * refused. `key`: any valid credential. An action: those who may do it, wherever one asks for it.
 */
export type Policy = "none" | "anyone" | "key" | Action;

export interface QueryDoc {
  readonly name: string;
  readonly description: string;
  readonly type?: "string" | "integer" | "boolean";
  readonly repeats?: true;
}

export interface Route extends Routable {
  readonly policy: Policy;
  readonly summary: string;
  readonly query?: readonly QueryDoc[];
  /** Media type of the request's body, when there is one. */
  readonly body?: string;
  /** Status of the good answer; default 200. */
  readonly status?: number;
  /** Media type of the good answer; default application/json. */
  readonly answers?: string;
  /** Default: problem details. */
  readonly errors?: ErrorForm;
  /** Reachable under any Host: for probes that only know an address. */
  readonly anyHost?: true;
  /** The agent is named in the body: which ways to prove who one is it takes is asked then. */
  readonly namesAgent?: true;
  /** What a request counts as; default: by its method. */
  readonly rate?: RequestKind;
  /** Opens a stream: HEAD makes no sense. */
  readonly stream?: true;
  /** For programs that know HTTP Basic alone: the password is an API key, under any user name. */
  readonly basic?: true;
  /** How one may prove who one is here, where it is not the usual way. */
  readonly challenge?: (exchange: Exchange) => Challenge;
  /** Tokens of its own, asked first. */
  readonly readToken?: ReadToken;
  /** The connection becomes a WebSocket. */
  readonly webSocket?: true;
}

export interface PlatformRoute extends Route {
  handle(exchange: Exchange): Promise<void> | void;
}

/** The agent a request is for. */
export interface AgentTarget {
  readonly name: string;
  /** The label of the release whose own address it is. */
  readonly release?: string;
  /** Where the caller found it, without a trailing slash. */
  readonly base: string;
}

export interface AgentRoute extends Route {
  handle(exchange: Exchange, agent: AgentTarget): Promise<void> | void;
}

/** The types demand a policy; this holds for routes that were put together at run time. */
export function assertPolicies(routes: readonly Route[]): void {
  for (const { method, path, policy } of routes) {
    const known: unknown = policy;
    if (!isAction(known) && known !== "none" && known !== "anyone" && known !== "key") {
      throw new Error(`the route ${method} ${path} has no policy`);
    }
  }
}
