import { request } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { finished, pipeline } from "node:stream";
import type { Transform } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { matchesUrlPath, plainUrlPath, secretsInText } from "@berth/protocol";
import type { UpstreamConfig } from "@berth/protocol";
import type { EgressDecision } from "../sandbox-driver.ts";
import type { ReleaseSecrets } from "../secrets/secret-source.ts";
import { TooManyBytes, boundedStream } from "./bounded-stream.ts";
import { connectTls } from "./connect-tls.ts";
import { upstreamRuleFor } from "./egress-denial.ts";
import { EgressRefusal } from "./egress-network.ts";
import type { EgressNetwork } from "./egress-network.ts";
import { HostAllowlist } from "./host-allowlist.ts";
import type { HostAndPort } from "./host-allowlist.ts";
import { headersForUpstream, headersFromUpstream } from "./upstream-headers.ts";

const HTTPS_PORT = 443;
const MAX_HEADER_BYTES = 32 * 1024;

export interface UpstreamLimits {
  /** A connection without a byte for this long ends. */
  readonly idleMs: number;
  /** One call, from its first byte to its last. */
  readonly totalMs: number;
  readonly maxRequestBytes: number;
  readonly maxResponseBytes: number;
}

export interface UpstreamCall {
  readonly name: string;
  readonly upstream: UpstreamConfig;
  /** As the agent asked: `http://<name>.berth.internal/…`. */
  readonly url: URL;
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
  readonly network: EgressNetwork;
  readonly limits: UpstreamLimits;
  readonly secrets: ReleaseSecrets | undefined;
  readonly decide: (decision: EgressDecision) => void;
}

/**
 * One call in the agent's name: the rule is checked, the address resolved and pinned, and the headers with the secrets
 * put in here, outside the sandbox. Redirects are answers like any other. Never rejects: the agent is answered.
 */
export async function callUpstream(call: UpstreamCall): Promise<void> {
  const { name, upstream, url, message, response, decide, limits } = call;
  const target = targetOf(upstream);
  const asked = { method: message.method ?? "GET", pathname: url.pathname };
  const deny = (status: number, detail: string, rule?: string): void => {
    decide({
      ...target,
      decision: "denied",
      detail: `upstream ${name}: ${detail}`,
      ...(rule === undefined ? {} : { rule }),
    });
    answerPlainly(response, status, `The upstream "${name}" was not called: ${detail}.`);
  };
  const objection = objectionTo(upstream, asked);
  if (objection !== undefined) return deny(403, objection, upstreamRuleFor(name, asked));
  const values = await secretValues(upstream, call.secrets).catch(() => undefined);
  if (values === undefined) return deny(502, "its secrets cannot be read now");
  if ("objection" in values) return deny(502, values.objection);
  const socket = await connectTls(target, call.network).catch((error: unknown) => {
    deny(502, error instanceof EgressRefusal ? error.message : "the connection failed");
  });
  if (socket === undefined) return;
  if (response.destroyed) return void socket.destroy();
  decide({ ...target, decision: "allowed", detail: `upstream ${name}: connected to ${socket.remoteAddress ?? "it"}` });

  const base = new URL(upstream.url).pathname.replace(/\/$/, "");
  const outgoing = request({
    createConnection: () => socket,
    method: asked.method,
    path: `${base}${url.pathname}${url.search}`,
    headers: headersForUpstream(message.headers, upstream, values),
    maxHeaderSize: MAX_HEADER_BYTES,
    timeout: limits.idleMs,
  });
  const fail = (status: number, why: string): void => {
    answerPlainly(response, status, `The upstream "${name}" ${why}.`);
    outgoing.destroy();
    socket.destroy();
  };
  const late = setTimeout(() => fail(504, `did not finish within ${limits.totalMs / 1_000} s`), limits.totalMs);
  finished(response, () => {
    clearTimeout(late);
    outgoing.destroy();
    socket.destroy();
  });
  outgoing.on("timeout", () => fail(504, `sent nothing for ${limits.idleMs / 1_000} s`));
  outgoing.on("error", () => fail(502, "ended the connection"));
  outgoing.on("response", (answer) => giveBack(answer, call, fail));
  pipeline(message, boundedStream(limits.maxRequestBytes), outgoing, (error) => {
    if (error instanceof TooManyBytes) fail(413, `takes no more than ${limits.maxRequestBytes} bytes`);
  });
}

type Fail = (status: number, why: string) => void;

function giveBack(
  answer: IncomingMessage,
  { name, upstream, response, secrets, limits }: UpstreamCall,
  fail: Fail,
): void {
  const decoder = decoderOf(answer.headers["content-encoding"]);
  if (decoder === undefined) return fail(502, "answered in an encoding that was not asked for");
  const scrubber = secrets?.scrubber;
  response.writeHead(answer.statusCode ?? 502, headersFromUpstream(answer.headers, { name, upstream, scrubber }));
  // An event stream may have nothing to say for long.
  response.flushHeaders();
  const steps = [
    ...decoder,
    boundedStream(limits.maxResponseBytes),
    ...(scrubber === undefined ? [] : [scrubber.stream()]),
  ];
  pipeline([answer, ...steps, response], (error) => {
    if (error) response.destroy();
  });
}

/** Empty: as it is. Undefined: not to be read here. */
function decoderOf(encoding: string | undefined): readonly Transform[] | undefined {
  switch (encoding?.trim().toLowerCase() ?? "identity") {
    case "identity":
    case "":
      return [];
    case "gzip":
    case "x-gzip":
      return [createGunzip()];
    case "deflate":
      return [createInflate()];
    case "br":
      return [createBrotliDecompress()];
    default:
      return undefined;
  }
}

function objectionTo(
  { url, allow }: UpstreamConfig,
  { method, pathname }: { readonly method: string; readonly pathname: string },
): string | undefined {
  const restricted = allow !== undefined || new URL(url).pathname !== "/";
  if (restricted && plainUrlPath(pathname) === undefined) return "its path could be read in two ways";
  const allowed = allow?.some(
    (rule) => (rule.methods.includes(method) || rule.methods.includes("*")) && matchesUrlPath(rule.path, pathname),
  );
  return allowed === false ? "no rule of it allows this method and path" : undefined;
}

async function secretValues(
  upstream: UpstreamConfig,
  secrets: ReleaseSecrets | undefined,
): Promise<ReadonlyMap<string, string> | { readonly objection: string }> {
  const target = targetOf(upstream);
  const found = new Map<string, string>();
  for (const name of Object.values(upstream.headers).flatMap(secretsInText)) {
    const secret = await secrets?.value(name);
    if (secret === undefined) return { objection: `the secret ${name} is not set (a2a secrets set ${name})` };
    if (secret.hosts !== undefined && !new HostAllowlist(secret.hosts).allows(target)) {
      return { objection: `the secret ${name} is not for ${target.host}:${target.port}` };
    }
    found.set(name, secret.value);
  }
  return found;
}

function targetOf({ url }: UpstreamConfig): HostAndPort {
  const { hostname, port } = new URL(url);
  return { host: hostname.replace(/^\[(.*)\]$/, "$1"), port: port === "" ? HTTPS_PORT : Number(port) };
}

/** Once the answer has begun there is only one way left to say that it is not whole. */
export function answerPlainly(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent) response.destroy();
  else response.writeHead(status, { "content-type": "text/plain", connection: "close" }).end(`${text}\n`);
}
