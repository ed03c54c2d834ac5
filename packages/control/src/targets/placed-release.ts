import type { Placement } from "@berth/deploy/targets";
import type { AgentCard } from "@berth/protocol";
import { selectInterface } from "@berth/runtime";
import type { FreshHeaders, RemoteTarget } from "@berth/runtime";
import type { ReleaseRecord } from "@berth/store";
import type { GoogleTokens } from "./google-tokens.ts";
import { placementOf } from "./placements.ts";

export interface PlacedReleaseOptions {
  readonly google: GoogleTokens;
  /** Instead of Google's own hosts; may be plain HTTP: whoever runs the platform has said so. */
  readonly googleEndpoint?: string;
}

const GOOGLE = ".googleapis.com";
const CARD_PATH = "/.well-known/agent-card.json";

/** How the runtime calls a release on one of the organization's targets; undefined when it runs here. */
export function toPlacedTarget(
  { target, placement: kept, card }: Pick<ReleaseRecord, "target" | "placement" | "card">,
  options: PlacedReleaseOptions,
): RemoteTarget | undefined {
  if (target === undefined || kept === undefined) return undefined;
  const placement = placementOf({ placement: kept });
  const base = reachedAt(placement.url, options);
  const freshHeaders = freshHeadersOf(placement, base, options);
  return {
    cardUrl: `${base}${CARD_PATH}`,
    ...(placement.dialect === undefined ? interfaceBelow(base, card) : { url: base, ...PLAIN }),
    streaming: isRead(card) ? card.capabilities.streaming === true : true,
    headers: {},
    ...(freshHeaders === undefined ? {} : { freshHeaders }),
    ...(placement.dialect === undefined ? {} : { dialect: placement.dialect }),
    placed: target,
  };
}

const PLAIN = { protocolBinding: "JSONRPC", protocolVersion: "1.0" } as const;

/** The card tells which interfaces there are; of where they are it knows only what it was told in its container. */
function interfaceBelow(
  base: string,
  card: AgentCard,
): Pick<RemoteTarget, "url" | "protocolBinding" | "protocolVersion" | "tenant"> {
  if (!isRead(card)) return { url: `${base}/`, ...PLAIN };
  const { url, protocolBinding, protocolVersion, tenant } = selectInterface(card);
  const { pathname, search } = URL.parse(url, base) ?? { pathname: "/", search: "" };
  const prefix = new URL(base).pathname.replace(/\/$/, "");
  const path = prefix !== "" && `${pathname}/`.startsWith(`${prefix}/`) ? pathname.slice(prefix.length) : pathname;
  return {
    url: `${base}${path.startsWith("/") ? path : `/${path}`}${search}`,
    protocolBinding,
    protocolVersion,
    ...(tenant === undefined ? {} : { tenant }),
  };
}

/** Before its health check a release has no card. */
function isRead({ supportedInterfaces }: AgentCard): boolean {
  return supportedInterfaces.length > 0;
}

function reachedAt(url: string, { googleEndpoint }: PlacedReleaseOptions): string {
  const asked = new URL(url);
  const isMoved = googleEndpoint !== undefined && asked.host.endsWith(GOOGLE);
  const { origin } = isMoved ? new URL(googleEndpoint) : asked;
  return `${origin}${asked.pathname.replace(/\/+$/, "")}`;
}

/** Tokens open what they are for to whoever holds them: over plain HTTP they are not sent. */
function freshHeadersOf(
  { auth }: Placement,
  base: string,
  { google, googleEndpoint }: PlacedReleaseOptions,
): FreshHeaders | undefined {
  if (auth === undefined || (!base.startsWith("https:") && googleEndpoint === undefined)) return undefined;
  return async ({ renew }) => {
    const audience = auth.kind === "google-id-token" ? auth.audience : undefined;
    if (renew) google.forget(audience);
    const token = audience === undefined ? await google.accessToken() : await google.idToken(audience);
    return { authorization: `Bearer ${token}` };
  };
}
