import type { IncomingHttpHeaders } from "node:http";
import type { AgentCard } from "@berth/protocol";

const EVERY_ADDRESS: ReadonlySet<string> = new Set(["0.0.0.0", "[::]"]);

/**
 * An agent that listens on every address, as in a container, is told by its callers what it is called: the card then
 * names the host that it was asked for at. Only the caller itself sees what it wrote there.
 */
export function withCalledAddress(card: AgentCard, headers: IncomingHttpHeaders): AgentCard {
  const own = URL.parse(card.supportedInterfaces[0]?.url ?? "");
  if (own === null || !EVERY_ADDRESS.has(own.hostname)) return card;
  const forwarded = headers["x-forwarded-proto"];
  const scheme = String(forwarded).split(",")[0]?.trim() === "https" ? "https" : "http";
  const called = URL.parse(`${scheme}://${headers.host ?? ""}`);
  if (called === null || called.hostname === "" || called.username !== "") return card;
  const url = `${called.origin}/`;
  return { ...card, supportedInterfaces: card.supportedInterfaces.map((each) => ({ ...each, url })) };
}
