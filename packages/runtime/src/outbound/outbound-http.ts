import { Agent, request } from "undici";
import type { Dispatcher } from "undici";
import { ExemptHosts } from "./exempt-hosts.ts";
import { OutboundError } from "./outbound-error.ts";
import { openExchange } from "./outbound-exchange.ts";
import type { ExchangeRequest } from "./outbound-exchange.ts";
import { openOutboundStream } from "./outbound-stream.ts";
import type { OutboundStream, StreamRequest } from "./outbound-stream.ts";
import { openTunnel } from "./outbound-tunnel.ts";
import type { OutboundTunnel, TunnelRequest } from "./outbound-tunnel.ts";
import { pinnedConnect } from "./pinned-connect.ts";
import type { PinnedConnect, TlsIdentity } from "./pinned-connect.ts";
import { checkedUrl, hostOf, portOf } from "./url-policy.ts";

export { OutboundError } from "./outbound-error.ts";

export interface OutboundOptions {
  /** `host:port` or `host:*`: these may have private addresses. @throws Error for an entry of another form. */
  readonly allowHosts?: readonly string[];
  /** All addresses of a name; default: the name servers, and the system's own resolver for `allowHosts`. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
}

export interface OutboundRequest {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** From the look-up of the name to the last byte. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
}

export interface OutboundAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** At most `maxBytes`. */
  readonly body: Buffer;
  /** There was more. */
  readonly truncated: boolean;
}

/**
 * HTTP to addresses that strangers have given us. Each name is resolved once per connection, every address it has is
 * checked, and the connection goes to a checked address with the name in Host and SNI. Redirects are answers like any
 * other. Opened once per platform; whoever opens it closes it.
 */
export interface OutboundHttp {
  /**
   * For streams: hand it to undici's `request` or `fetch`, with a URL that `assertUrl` has passed. Each connection is
   * checked again. Time and size are the caller's to bound.
   */
  readonly dispatcher: Dispatcher;
  /**
   * Says early what a request would be refused for. A name that does not resolve now passes: it may resolve later.
   * @throws OutboundError `refused`
   */
  assertUrl(url: string): Promise<URL>;
  /** One whole exchange. @throws OutboundError */
  request(request: OutboundRequest): Promise<OutboundAnswer>;
  /** A POST whose answer is read as it comes. @throws OutboundError */
  stream(request: StreamRequest): Promise<OutboundStream>;
  /** For a program that speaks for itself. Whoever opens it closes it. @throws OutboundError */
  tunnel(request: TunnelRequest): Promise<OutboundTunnel>;
  /** Whatever the method, and large bodies both ways. @throws OutboundError, and so does the answer's body */
  exchange(request: ExchangeRequest): Promise<OutboundStream>;
  /** Whether whoever runs the platform has listed it: its address may be private. */
  isExempt(host: string, port: number): boolean;
  /** The same, to servers of one's own: another authority, a certificate to show. Whoever opens it closes it. */
  secured(tls: TlsIdentity): Pick<OutboundHttp, "exchange" | "close">;
  /** Cuts what is under way. */
  close(): Promise<void>;
}

export function createOutboundHttp(options: OutboundOptions = {}): OutboundHttp {
  const exempt = new ExemptHosts(options.allowHosts ?? []);
  const { connect, addressesFor } = pinnedConnect({ exempt, ...options });
  const dispatcher = agentOver(connect);
  return {
    dispatcher,
    async assertUrl(text) {
      const url = checkedUrl(text);
      try {
        await addressesFor(url);
      } catch (error) {
        if (error instanceof OutboundError && error.kind !== "unreachable") throw error;
      }
      return url;
    },
    async request(asked) {
      const url = checkedUrl(asked.url);
      const timeout = AbortSignal.timeout(asked.timeoutMs);
      const signal = asked.signal === undefined ? timeout : AbortSignal.any([asked.signal, timeout]);
      try {
        const answer = await request(url, {
          dispatcher,
          method: asked.method,
          headers: asked.headers ?? {},
          ...(asked.body === undefined ? {} : { body: asked.body }),
          signal,
          headersTimeout: 0,
          bodyTimeout: 0,
        });
        const { statusCode: status, headers } = answer;
        return { status, headers, ...(await readUpTo(answer.body, asked.maxBytes)) };
      } catch (error) {
        throw toOutboundError(error, timeout.aborted ? asked.timeoutMs : undefined);
      }
    },
    stream: async (asked) => await openOutboundStream(dispatcher, asked),
    async tunnel(asked) {
      const url = checkedUrl(asked.url);
      return await openTunnel(asked, { addresses: await addressesFor(url), port: portOf(url) });
    },
    exchange: async (asked) => await openExchange(dispatcher, asked),
    secured(tls) {
      const own = agentOver(pinnedConnect({ exempt, ...options, tls }).connect);
      return { exchange: async (asked) => await openExchange(own, asked), close: async () => await own.destroy() };
    },
    isExempt: (host, port) => exempt.has(hostOf(host), port),
    close: async () => await dispatcher.destroy(),
  };
}

function agentOver(connect: PinnedConnect["connect"]): Agent {
  return new Agent({
    connect,
    connections: MAX_CONNECTIONS_PER_ORIGIN,
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
  });
}

const MAX_CONNECTIONS_PER_ORIGIN = 32;
/** Well below the 5 s after which many servers close idle connections. */
const KEEP_ALIVE_MS = 2_000;
const MAX_HEADER_BYTES = 16 * 1024;

async function readUpTo(
  body: Dispatcher.ResponseData["body"],
  maxBytes: number,
): Promise<Pick<OutboundAnswer, "body" | "truncated">> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const value of body) {
    // A readable without an encoding yields buffers.
    const chunk = value as Buffer;
    chunks.push(chunk.subarray(0, maxBytes - size));
    size += chunk.length;
    // Leaving the loop destroys the stream, and with it a connection that would only bring more.
    if (size > maxBytes) return { body: Buffer.concat(chunks), truncated: true };
  }
  return { body: Buffer.concat(chunks), truncated: false };
}

function toOutboundError(error: unknown, timedOutMs: number | undefined): OutboundError {
  if (error instanceof OutboundError) return error;
  if (timedOutMs !== undefined) {
    return new OutboundError("timeout", `no complete answer within ${timedOutMs / 1_000} s`, { cause: error });
  }
  const said = error instanceof Error ? error.message : String(error);
  return new OutboundError("unreachable", said, { cause: error });
}
