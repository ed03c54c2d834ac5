const CARD_PATHS = ["/.well-known/agent-card.json", "/.well-known/agent.json"] as const;
const TIMEOUT_MS = 5_000;
const MAX_CARD_BYTES = 1024 * 1024;

/** The card that a server on this machine shows, as it shows it; undefined while there is none. */
export async function fetchLocalCard(port: number): Promise<unknown> {
  for (const path of CARD_PATHS) {
    try {
      const response = await fetch(`http://localhost:${port}${path}`, {
        headers: { accept: "application/json", "a2a-version": "1.0" },
        redirect: "error",
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (!response.ok) continue;
      const text = await response.text();
      if (text.length <= MAX_CARD_BYTES) return JSON.parse(text);
    } catch {
      // Not listening yet, or not speaking HTTP.
      return undefined;
    }
  }
  return undefined;
}
