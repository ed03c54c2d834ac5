import { request } from "node:http";
import type { IncomingHttpHeaders, IncomingMessage, RequestListener } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { EgressRule, UpstreamConfig } from "@berth/protocol";
import { createTlsAuthority, temporaryFolder } from "@berth/testing";
import type { TlsAuthority } from "@berth/testing";
import { openEgressProxy } from "../src/egress/egress-proxy.ts";
import type { EgressNetwork, EgressProxyOptions } from "../src/egress/egress-proxy.ts";
import type { EgressDecision } from "../src/sandbox-driver.ts";
import { Scrubber } from "../src/secrets/scrubber.ts";
import type { ReleaseSecrets, SecretValue } from "../src/secrets/secret-source.ts";

export interface UpstreamServer {
  readonly port: number;
  readonly seen: IncomingMessage[];
}

export interface Asked {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** A service with TLS and a certificate of our own authority, and proxies that trust it. */
export class UpstreamWorld implements AsyncDisposable {
  readonly #folder = temporaryFolder();
  readonly #stack = new AsyncDisposableStack();
  readonly authority: TlsAuthority = createTlsAuthority(this.#folder.path);
  #proxies = 0;

  /** All names are ours, and our address is private. */
  get network(): EgressNetwork {
    const resolve = (): Promise<readonly string[]> => Promise.resolve(["127.0.0.1"]);
    return { resolve, allowPrivate: true, authority: this.authority.certificate };
  }

  async serve(answer: RequestListener, names: readonly string[] = ["api.test"]): Promise<UpstreamServer> {
    const seen: IncomingMessage[] = [];
    const server = createServer(this.authority.issue(...names), (req, res) => {
      seen.push(req);
      answer(req, res);
    });
    server.on("tlsClientError", () => {});
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    this.#stack.defer(() => {
      server.closeAllConnections();
      server.close();
    });
    // It listens on TCP.
    return { port: (server.address() as AddressInfo).port, seen };
  }

  async proxy(
    upstreams: { readonly [name: string]: UpstreamConfig },
    options: Partial<EgressProxyOptions> & {
      readonly values?: { readonly [name: string]: SecretValue };
      readonly egress?: readonly EgressRule[];
    } = {},
  ): Promise<UpstreamProxy> {
    this.#proxies += 1;
    const socketPath = join(this.#folder.path, `proxy-${this.#proxies}.sock`);
    const decisions: EgressDecision[] = [];
    const proxy = await openEgressProxy(socketPath, {
      allow: options.egress ?? [],
      upstreams,
      secrets: secretsOf(options.values ?? {}),
      network: this.network,
      idleTimeoutMs: 5_000,
      ...options,
      onDecision: (decision) => void decisions.push(decision),
    });
    this.#stack.defer(() => proxy.close());
    return new UpstreamProxy(socketPath, decisions);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
    this.#folder[Symbol.dispose]();
  }
}

export class UpstreamProxy {
  readonly socketPath: string;
  readonly decisions: readonly EgressDecision[];

  constructor(socketPath: string, decisions: readonly EgressDecision[]) {
    this.socketPath = socketPath;
    this.decisions = decisions;
  }

  open(
    url: string,
    options: { readonly method?: string; readonly headers?: Record<string, string>; readonly body?: string } = {},
  ): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const { method = "GET", headers = {}, body } = options;
      const outgoing = request({ socketPath: this.socketPath, path: url, method, headers });
      outgoing.on("error", reject);
      outgoing.on("response", resolve);
      outgoing.end(body);
    });
  }

  async ask(...asked: Parameters<UpstreamProxy["open"]>): Promise<Asked> {
    const answer = await this.open(...asked);
    return { status: answer.statusCode ?? 0, headers: answer.headers, text: await text(answer) };
  }
}

export function secretsOf(values: { readonly [name: string]: SecretValue }): ReleaseSecrets {
  const scrubber = new Scrubber();
  return {
    scrubber,
    async value(name) {
      const secret = Object.hasOwn(values, name) ? values[name] : undefined;
      if (secret !== undefined) scrubber.learn(name, secret.value);
      return secret;
    },
  };
}
