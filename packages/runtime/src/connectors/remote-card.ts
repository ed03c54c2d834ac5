import { PlatformError } from "@berth/protocol";
import type { ReadCard } from "../agent-connector.ts";
import { OutboundError } from "../outbound/outbound-http.ts";
import type { OutboundAnswer, OutboundHttp } from "../outbound/outbound-http.ts";
import { CARD_PATH, MAX_CARD_BYTES, OLD_CARD_PATH, cardInvalid, parseCardText } from "./parse-card-text.ts";

const TIMEOUT_MS = 10_000;

/** A card as it was found. */
export interface RemoteCard extends ReadCard {
  readonly url: string;
}

/**
 * Finds the card of an agent elsewhere: at the well-known places below the URL, newest first, and at the URL itself,
 * which alone is asked when it names a JSON file. No redirect is followed: what is fetched is what was named.
 * @throws PlatformError INVALID_PARAMS for an address we do not call, AGENT_UNRESPONSIVE, CARD_INVALID
 */
export async function readRemoteCard(
  outbound: Pick<OutboundHttp, "request">,
  url: string,
  signal?: AbortSignal,
): Promise<RemoteCard> {
  const candidates = candidatesOf(url);
  let answer: OutboundAnswer | undefined;
  for (const { url: place, version } of candidates) {
    answer = await get(outbound, place, version, signal);
    if (answer.status === 200) return readCard(place, answer);
    // "Not here" and "not in this version" lead on; anything else would be said again elsewhere.
    if (![400, 404, 405, 406, 410].includes(answer.status)) throw notServed(place, answer);
  }
  throw notServed(candidates[0]?.url ?? url, answer);
}

interface Candidate {
  readonly url: string;
  /** For the A2A-Version header. */
  readonly version: string;
}

function candidatesOf(url: string): readonly Candidate[] {
  const parsed = URL.parse(url);
  if (parsed === null) throw notAllowed("is not an absolute URL");
  parsed.hash = "";
  if (parsed.pathname.endsWith(".json")) return ["1.0", "0.3"].map((version) => ({ url: parsed.href, version }));
  const base = parsed.href.replace(/[?].*$/, "").replace(/\/+$/, "");
  return [
    { url: `${base}${CARD_PATH}`, version: "1.0" },
    { url: `${base}${CARD_PATH}`, version: "0.3" },
    { url: `${base}${OLD_CARD_PATH}`, version: "0.3" },
    { url: parsed.href, version: "1.0" },
  ];
}

async function get(
  outbound: Pick<OutboundHttp, "request">,
  url: string,
  version: string,
  signal: AbortSignal | undefined,
): Promise<OutboundAnswer> {
  try {
    return await outbound.request({
      method: "GET",
      url,
      headers: { accept: "application/json", "a2a-version": version },
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_CARD_BYTES,
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (error instanceof OutboundError && error.kind === "refused") throw notAllowed(error.message, error);
    const detail = error instanceof Error ? error.message : String(error);
    throw new PlatformError("AGENT_UNRESPONSIVE", `${url} cannot be fetched: ${detail}.`, { cause: error });
  }
}

function readCard(url: string, { body, truncated }: OutboundAnswer): RemoteCard {
  if (truncated) throw cardInvalid("it is larger than 1 MiB");
  const text = body.toString("utf8");
  return { url, text, card: parseCardText(text) };
}

function notServed(url: string, answer: OutboundAnswer | undefined): PlatformError {
  const status = answer?.status ?? 0;
  const location = answer?.headers["location"];
  if (status >= 300 && status < 400 && typeof location === "string") {
    return cardInvalid(`${url} redirects to ${location.slice(0, 200)}, and redirects are not followed`);
  }
  return cardInvalid(`${url} answered HTTP ${status}`);
}

function notAllowed(description: string, cause?: unknown): PlatformError {
  return new PlatformError("INVALID_PARAMS", `url: ${description}`, {
    cause,
    violations: [{ field: "url", description }],
    hint: "Hosts with private addresses can be allowed by whoever runs the platform: BERTH_OUTBOUND_ALLOW=host:port.",
  });
}
