import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";
import { fillSecrets } from "@berth/protocol";
import type { UpstreamConfig } from "@berth/protocol";
import type { Scrubber } from "../secrets/scrubber.ts";
import { endToEnd, requestHeaders, withoutDisguises } from "./forwarded-headers.ts";

/** What a service gives its caller to come back with: it would be a credential in the agent's hand. */
const WITHHELD = new Set(["set-cookie", "alt-svc", "strict-transport-security", "content-length", "content-encoding"]);

/** The agent's headers, and ours in the place of those it gave itself, however it spelled them. */
export function headersForUpstream(
  headers: IncomingHttpHeaders,
  upstream: UpstreamConfig,
  values: ReadonlyMap<string, string>,
): OutgoingHttpHeaders {
  const ours = new Set(Object.keys(upstream.headers).map(spelling));
  const asked = requestHeaders(headers);
  const free = upstream.allow === undefined ? asked : withoutDisguises(asked);
  return {
    ...Object.fromEntries(Object.entries(free).filter(([name]) => !ours.has(spelling(name)))),
    // What is compressed cannot be searched for secrets.
    "accept-encoding": "identity",
    ...Object.fromEntries(
      Object.entries(upstream.headers).map(([name, text]) => [name.toLowerCase(), fillSecrets(text, values)]),
    ),
    host: new URL(upstream.url).host,
  };
}

/** The answer's headers without secrets. A redirect within the upstream stays within it; another one says nowhere. */
export function headersFromUpstream(
  headers: IncomingHttpHeaders,
  {
    name,
    upstream,
    scrubber,
  }: { readonly name: string; readonly upstream: UpstreamConfig; readonly scrubber: Scrubber | undefined },
): OutgoingHttpHeaders {
  const { location, ...others } = endToEnd(headers);
  const kept = Object.fromEntries(Object.entries(others).filter(([key]) => !WITHHELD.has(key)));
  const within = typeof location === "string" ? locationWithin(location, name, upstream) : undefined;
  const told = { ...kept, ...(within === undefined ? {} : { location: within }) };
  return scrubber?.json(told) ?? told;
}

function locationWithin(location: string, name: string, upstream: UpstreamConfig): string | undefined {
  const base = new URL(upstream.url);
  const root = base.pathname.replace(/\/$/, "");
  const target = URL.parse(location, base);
  if (target === null || target.origin !== base.origin || !target.pathname.startsWith(`${root}/`)) return undefined;
  return `http://${name}.berth.internal${target.pathname.slice(root.length)}${target.search}`;
}

/** Servers that hand headers on as variables see no difference between `-` and `_`. */
function spelling(name: string): string {
  return name.toLowerCase().replaceAll("_", "-");
}
