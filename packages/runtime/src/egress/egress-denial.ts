import { plainUrlPath } from "@berth/protocol";
import type { EgressDecision } from "../sandbox-driver.ts";
import type { HostAndPort } from "./host-allowlist.ts";

const TLS_PORT = 443;
const HTTP_PORT = 80;
const MAX_PATH = 200;

/** A request as rules see it. */
export interface AskedRequest {
  readonly method: string;
  readonly pathname: string;
}

/** As a person reads it in the agent's log. */
export function describeDecision({ decision, host, port, detail, rule }: EgressDecision): string {
  const advice = rule === undefined ? "" : `; berth.json would allow it with ${rule}`;
  return `egress ${decision}: ${host}:${port} (${detail})${advice}`;
}

export function describeDenial({ host, port, detail, rule }: EgressDecision): string {
  const advice = rule === undefined ? "" : `; berth.json would allow it with ${rule}`;
  return `egress denied: ${host}:${port}: ${detail}${advice}`;
}

/** The narrowest line of berth.json that lets it through; undefined when none can. */
export function egressRuleFor(target: HostAndPort, request?: AskedRequest): string | undefined {
  const { host, port } = target;
  if (host.includes(":") || host === "berth.internal" || host.endsWith(".berth.internal")) return undefined;
  const usual = request === undefined ? TLS_PORT : HTTP_PORT;
  const pattern = port === usual ? host : `${host}:${port}`;
  if (request === undefined) return `"egress": [${JSON.stringify(pattern)}]`;
  const { method, pathname } = request;
  return `"egress": [${JSON.stringify({ host: pattern, methods: [method], paths: [pathPattern(pathname)] })}]`;
}

export function upstreamRuleFor(name: string, { method, pathname }: AskedRequest): string {
  const allow = [{ methods: [method], path: pathPattern(pathname) }];
  return `"upstreams": ${JSON.stringify({ [name]: { allow } })}`;
}

/** What the agent asked for is only quoted where it means itself. */
function pathPattern(pathname: string): string {
  const plain = plainUrlPath(pathname);
  return plain === undefined || plain.length > MAX_PATH || /[*?#]/.test(plain) ? "/**" : plain;
}
