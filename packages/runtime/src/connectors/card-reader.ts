import type { ReadCard } from "../agent-connector.ts";
import type { Answer, HttpTransport } from "./http-transport.ts";
import { CARD_PATH, MAX_CARD_BYTES, OLD_CARD_PATH, cardInvalid, parseCardText } from "./parse-card-text.ts";

const TIMEOUT_MS = 10_000;

/** Asks an instance for its card and reads it, 1.0 or 0.3. @throws PlatformError CARD_INVALID, AGENT_* */
export async function fetchCard(http: HttpTransport, signal: AbortSignal | undefined): Promise<ReadCard> {
  const get = async (path: string): Promise<Answer> =>
    await http.request(
      { method: "GET", path, headers: { accept: "application/json", "a2a-version": "1.0" } },
      { timeoutMs: TIMEOUT_MS, signal },
    );
  let answer = await get(CARD_PATH);
  if (answer.status === 404) answer = await get(OLD_CARD_PATH);
  if (answer.status !== 200) throw cardInvalid(`GET ${CARD_PATH} answered HTTP ${answer.status}`);
  if (answer.body.length > MAX_CARD_BYTES) throw cardInvalid("it is larger than 1 MiB");
  const text = answer.body.toString("utf8");
  return { card: parseCardText(text), text };
}
