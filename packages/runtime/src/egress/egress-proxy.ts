import { createServer } from "node:http";
import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import { rm } from "node:fs/promises";
import type { Duplex } from "node:stream";
import type { EgressRule, UpstreamConfig } from "@berth/protocol";
import type { EgressDecision } from "../sandbox-driver.ts";
import type { ReleaseSecrets } from "../secrets/secret-source.ts";
import { answerPlainly, callUpstream } from "./call-upstream.ts";
import type { UpstreamLimits } from "./call-upstream.ts";
import { egressRuleFor } from "./egress-denial.ts";
import type { AskedRequest } from "./egress-denial.ts";
import { connectTo, EgressRefusal } from "./egress-network.ts";
import type { EgressNetwork } from "./egress-network.ts";
import { EgressRules } from "./egress-rules.ts";
import { parseAuthority } from "./host-allowlist.ts";
import type { HostAndPort } from "./host-allowlist.ts";
import { passRequest } from "./pass-request.ts";
import { pipeBoth } from "./pipe-both.ts";

export type { EgressNetwork } from "./egress-network.ts";

export interface EgressProxyOptions {
  readonly allow: readonly EgressRule[];
  /** Called as `http://<name>.berth.internal/…`. */
  readonly upstreams?: { readonly [name: string]: UpstreamConfig };
  /** For the headers of upstreams. */
  readonly secrets?: ReleaseSecrets;
  /** The instance's services: `http://llm.berth.internal/…` is answered by what is below `/llm/` there. */
  readonly services?: RequestListener;
  readonly onDecision: (decision: EgressDecision) => void;
  readonly network?: EgressNetwork;
  /** A connection without a byte for this long ends; default 5 minutes, for models that think. */
  readonly idleTimeoutMs?: number;
  /** For tests. */
  readonly upstreamLimits?: Partial<UpstreamLimits>;
}

export interface EgressProxy {
  close(): Promise<void>;
}

const MAX_CONNECTIONS = 64;
const MAX_HEADER_BYTES = 16 * 1024;
const HEADERS_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 5 * 60_000;
const HTTP_PORT = 80;
const UPSTREAM_LIMITS = {
  totalMs: 60 * 60_000,
  maxRequestBytes: 64 * 1024 * 1024,
  maxResponseBytes: 256 * 1024 * 1024,
};
/** `llm.berth.internal`, unless the release has an upstream of this name. */
const MODELS = "llm";
const UPSTREAM_HOST = /^([a-z0-9-]+)\.berth\.internal$/;

/**
 * An agent's only way out: an HTTP proxy on a unix socket that only this agent can reach, so who asks is known by the
 * socket. Allowed is what the release lists; each decision is told.
 */
export async function openEgressProxy(socketPath: string, options: EgressProxyOptions): Promise<EgressProxy> {
  const proxy = new ProxyServer(options);
  await listen(proxy.server, socketPath);
  return {
    close: async () => {
      await proxy.close();
      await rm(socketPath, { force: true });
    },
  };
}

type Refuse = (status: number, reason: string) => void;

class ProxyServer {
  readonly server: Server;
  /** Reads what is said inside a CONNECT where rules are about requests. */
  readonly #inner: Server;
  readonly #innerTargets = new WeakMap<Duplex, HostAndPort>();
  readonly #options: EgressProxyOptions;
  readonly #rules: EgressRules;
  readonly #network: EgressNetwork;
  readonly #idleMs: number;
  readonly #open = new Set<Duplex>();

  constructor(options: EgressProxyOptions) {
    this.#options = options;
    this.#rules = new EgressRules(options.allow);
    this.#network = options.network ?? {};
    this.#idleMs = options.idleTimeoutMs ?? IDLE_TIMEOUT_MS;
    const bounds = { maxHeaderSize: MAX_HEADER_BYTES, headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: 0 };
    this.server = createServer(bounds);
    this.server.maxConnections = MAX_CONNECTIONS;
    this.server.on("connection", (socket) => {
      this.#keep(socket);
      socket.setTimeout(this.#idleMs, () => socket.destroy());
    });
    this.server.on("connect", (message: IncomingMessage, socket: Duplex, head: Buffer) => {
      void this.#connect(message.url ?? "", socket, head);
    });
    this.server.on("request", (message, response) => {
      const url = URL.parse(message.url ?? "");
      const target = url?.protocol === "http:" ? parseAuthority(url.host, HTTP_PORT) : undefined;
      void this.#request(message, response, { url, target });
    });
    this.#inner = createServer(bounds, (message, response) => {
      const target = this.#innerTargets.get(message.socket);
      const path = message.url ?? "";
      const url =
        target === undefined || !path.startsWith("/") ? null : URL.parse(`http://${authorityOf(target)}${path}`);
      void this.#request(message, response, { url, target });
    });
    for (const server of [this.server, this.#inner]) server.on("clientError", (_error, socket) => socket.destroy());
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.server.close(() => {
        resolve();
      });
    });
    for (const socket of this.#open) socket.destroy();
    await closed;
  }

  async #connect(authority: string, socket: Duplex, head: Buffer): Promise<void> {
    const refuse: Refuse = (status, reason) => {
      socket.end(`HTTP/1.1 ${status} Refused\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n${reason}\n`);
    };
    const target = parseAuthority(authority);
    if (target === undefined) return this.#refuseUnreadable(authority, refuse);
    if (this.#isRead(target)) {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      if (head.length > 0) socket.unshift(head);
      this.#innerTargets.set(socket, target);
      this.#inner.emit("connection", socket);
      return;
    }
    if (!this.#rules.allows(target)) return this.#deny(target, refuse);
    const upstream = await this.#reach(target, refuse);
    if (upstream === undefined) return;
    socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    if (head.length > 0) upstream.write(head);
    pipeBoth(socket, upstream, this.#idleMs);
  }

  async #request(
    message: IncomingMessage,
    response: ServerResponse,
    { url, target }: { readonly url: URL | null; readonly target: HostAndPort | undefined },
  ): Promise<void> {
    const refuse: Refuse = (status, reason) => answerPlainly(response, status, reason);
    if (url === null || target === undefined) return this.#refuseUnreadable(message.url ?? "", refuse);
    message.on("error", () => {});
    response.on("error", () => {});
    const name = UPSTREAM_HOST.exec(target.host)?.[1];
    if (name !== undefined) return await this.#upstream(name, { message, response, url, target });
    const asked = { method: message.method ?? "GET", pathname: url.pathname };
    const checked = !this.#rules.allows(target);
    if (checked && !this.#rules.allowsRequest(target, asked)) return this.#deny(target, refuse, asked);
    const upstream = await this.#reach(target, refuse);
    if (upstream !== undefined) passRequest(message, response, { url, upstream, idleMs: this.#idleMs, checked });
  }

  async #upstream(
    name: string,
    asked: { message: IncomingMessage; response: ServerResponse; url: URL; target: HostAndPort },
  ): Promise<void> {
    const { upstreams = {}, secrets, services, upstreamLimits, onDecision } = this.#options;
    const upstream = Object.hasOwn(upstreams, name) ? upstreams[name] : undefined;
    if (name === MODELS && upstream === undefined && services !== undefined) {
      // A thinking model says nothing for long; the call has a bound of its own.
      asked.message.socket.setTimeout(0);
      asked.message.url = `/llm${asked.url.pathname}`;
      services(asked.message, asked.response);
      return;
    }
    if (upstream === undefined || asked.target.port !== HTTP_PORT) {
      const detail = upstream === undefined ? "there is no such upstream" : "upstreams are called on port 80";
      onDecision({ ...asked.target, decision: "denied", detail });
      answerPlainly(
        asked.response,
        403,
        `${authorityOf(asked.target)} is refused: ${detail} (upstreams in berth.json).`,
      );
      return;
    }
    await callUpstream({
      ...asked,
      name,
      upstream,
      network: this.#network,
      limits: { idleMs: this.#idleMs, ...UPSTREAM_LIMITS, ...upstreamLimits },
      secrets,
      decide: onDecision,
    });
  }

  /** Connected, or the agent was told why not. */
  async #reach(target: HostAndPort, refuse: Refuse): Promise<Duplex | undefined> {
    try {
      const socket = await connectTo(target, this.#network);
      this.#keep(socket);
      this.#decide(target, "allowed", `connected to ${socket.remoteAddress ?? "it"}`);
      return socket;
    } catch (error) {
      const reason = error instanceof EgressRefusal ? error.message : "the connection failed";
      this.#decide(target, "denied", reason);
      refuse(502, `${target.host}:${target.port} cannot be reached: ${reason}.`);
      return undefined;
    }
  }

  #isRead(target: HostAndPort): boolean {
    if (target.port === HTTP_PORT && UPSTREAM_HOST.test(target.host)) return true;
    return !this.#rules.allows(target) && this.#rules.readsRequests(target);
  }

  #refuseUnreadable(asked: string, refuse: Refuse): void {
    this.#decide({ host: asked.slice(0, 255), port: 0 }, "denied", "it is not a host and port");
    refuse(400, "The proxy needs a host and a port.");
  }

  #deny(target: HostAndPort, refuse: Refuse, request?: AskedRequest): void {
    const reason = this.#whyNot(target, request);
    const rule = egressRuleFor(target, request);
    this.#decide(target, "denied", reason, rule);
    const advice = rule === undefined ? "" : ` It would be allowed by ${rule}`;
    refuse(403, `${target.host}:${target.port} is refused: ${reason} (egress in berth.json).${advice}`);
  }

  #whyNot(target: HostAndPort, request: AskedRequest | undefined): string {
    const [, name] = UPSTREAM_HOST.exec(target.host) ?? [];
    if (name !== undefined) return `upstreams are called without TLS, as http://${name}.berth.internal/`;
    return request !== undefined && this.#rules.readsRequests(target)
      ? "no egress rule allows this method and path"
      : "it is not in the agent's egress list";
  }

  #decide(target: HostAndPort, decision: EgressDecision["decision"], detail: string, rule?: string): void {
    this.#options.onDecision({ ...target, decision, detail, ...(rule === undefined ? {} : { rule }) });
  }

  #keep(socket: Duplex): void {
    this.#open.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => this.#open.delete(socket));
  }
}

function authorityOf({ host, port }: HostAndPort): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

async function listen(server: Server, socketPath: string): Promise<void> {
  await rm(socketPath, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(socketPath, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
