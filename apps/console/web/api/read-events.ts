import { SseParser } from "./live/sse-parser.ts";
import type { SseEvent } from "./live/sse-parser.ts";

/** The events of an answer that is a stream, as they come. Whoever stops reading ends it. */
export async function* readEvents(response: Response): AsyncGenerator<SseEvent> {
  if (response.body === null) return;
  const parser = new SseParser();
  const text = response.body.pipeThrough(new TextDecoderStream());
  const reader = text.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield* parser.push(value);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
