import type { IncomingMessage, ServerResponse } from "node:http";
import { PlatformError } from "@berth/protocol";
import type { ClientCertificate } from "@berth/control";
import type { Principal } from "@berth/protocol";
import type { Challenge } from "./challenges.ts";
import type { Upgrade } from "../websocket/upgrade.ts";
import { clientCertificateOf } from "./client-certificate.ts";
import type { RequestSpan } from "./request-span.ts";

/** How the caller reached us: the platform's host, or an agent's own. */
export interface HostTarget {
  /** `scheme://host[:port]` as the caller wrote it, already checked against the allowed hosts. */
  readonly origin: string;
  /** Set on `<agent>.<domain>`. */
  readonly agent?: string;
}

export interface PathParams {
  readonly [name: string]: string;
}

export interface ExchangeInit {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly requestId: string;
  readonly path: string;
  /** Without the question mark. */
  readonly search: string;
  /** Of a request that asks for a WebSocket at an address that has one. */
  readonly upgrade?: Upgrade;
}

/** One request and its answer. `principal` and `params` are set by the dispatcher before the handler runs. */
export class Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  readonly upgrade: Upgrade | undefined;
  /** When it came, in microseconds since 1970. */
  readonly startedUs: number = Date.now() * 1_000;
  /** Of requests that are worth one. */
  span: RequestSpan | undefined;
  target: HostTarget = { origin: "" };
  params: PathParams = {};
  /** The session token, when the credential was the cookie. */
  session: string | undefined;
  /** How one may prove who one is here, where it is not the usual way. */
  challenge: Challenge | undefined;
  /** HTTP Basic counts whatever the user name. */
  anyUser = false;
  /** Of the route, when it has tokens of its own. */
  readToken: ReadToken | undefined;
  #principal: Principal | undefined;
  #query: URLSearchParams | undefined;
  #closed: AbortController | undefined;
  #interrupted = false;
  #isUpgraded = false;
  readonly #search: string;

  constructor({ req, res, requestId, path, search, upgrade }: ExchangeInit) {
    this.upgrade = upgrade;
    this.req = req;
    this.res = res;
    this.requestId = requestId;
    this.method = req.method ?? "GET";
    this.path = path;
    this.#search = search;
  }

  get principal(): Principal {
    if (this.#principal === undefined) throw new Error(`${this.path}: a handler ran before authentication`);
    return this.#principal;
  }

  /** Undefined before authentication. */
  get caller(): Principal | undefined {
    return this.#principal;
  }

  set principal(principal: Principal) {
    this.#principal = principal;
  }

  get query(): URLSearchParams {
    this.#query ??= new URLSearchParams(this.#search);
    return this.#query;
  }

  /** What the TLS connection has proven. */
  get clientCertificate(): ClientCertificate | undefined {
    return clientCertificateOf(this.req.socket);
  }

  /** Of the other end of the connection: the caller's, or its proxy's. */
  get remoteAddress(): string {
    return this.req.socket.remoteAddress ?? "";
  }

  /** Aborts when the caller is gone, or when the gateway cannot let it wait any longer. */
  get closed(): AbortSignal {
    if (this.#closed === undefined) {
      const controller = new AbortController();
      this.#closed = controller;
      if (this.res.destroyed || this.#interrupted) controller.abort();
      else this.res.once("close", () => controller.abort());
    }
    return this.#closed.signal;
  }

  /** The connection is no longer this exchange's to answer on. */
  upgraded(): void {
    this.res.detachSocket(this.req.socket);
    this.#isUpgraded = true;
  }

  get isUpgraded(): boolean {
    return this.#isUpgraded;
  }

  /** Whoever waits answers with what there is. */
  interrupt(): void {
    this.#interrupted = true;
    this.#closed?.abort();
  }

  /** A header that occurs once; repeated ones that matter were refused before. */
  header(name: string): string | undefined {
    const value = this.req.headers[name];
    return Array.isArray(value) ? value[0] : value;
  }

  /** A path parameter that the route declares. */
  param(name: string): string {
    const value = this.params[name];
    if (value === undefined) throw new Error(`the route ${this.path} has no parameter ${name}`);
    return value;
  }

  /** @throws INVALID_PARAMS unless it is an integer within the bounds. */
  integer(name: string, bounds: { readonly min: number; readonly max: number }): number | undefined {
    const text = this.query.get(name);
    if (text === null || text === "") return undefined;
    return parseInteger(name, text, bounds);
  }
}

/** Who a token of the route's own is of; undefined: it is none of those. @throws UNAUTHENTICATED */
export type ReadToken = (token: string, exchange: Exchange) => Promise<Principal | undefined>;

/** What a use case may see of a call, whatever carries it: HTTP's `Exchange`, or gRPC's. */
export type CallExchange = Pick<
  Exchange,
  | "requestId"
  | "method"
  | "path"
  | "query"
  | "principal"
  | "clientCertificate"
  | "remoteAddress"
  | "startedUs"
  | "span"
  | "closed"
  | "header"
  | "integer"
> & { readonly anyUser?: boolean };

/** @throws INVALID_PARAMS */
export function parseInteger(
  field: string,
  text: string,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  const value = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  const description = `must be an integer from ${min} to ${max}`;
  throw new PlatformError("INVALID_PARAMS", `${field}: ${description}`, { violations: [{ field, description }] });
}
