import type { SseEvent, SseStream } from "./sse-stream.ts";

export interface PumpOptions<T> {
  readonly toEvent: (item: T) => SseEvent;
  /** The last event of a stream that breaks; undefined: none. */
  readonly onError: (thrown: unknown) => SseEvent | undefined;
}

/** Writes a source to its reader at the reader's speed, and ends the stream with it. Never rejects. */
export async function pump<T>(stream: SseStream, source: AsyncIterable<T>, options: PumpOptions<T>): Promise<void> {
  try {
    for await (const item of source) {
      if (stream.signal.aborted) return;
      if (!stream.send(options.toEvent(item))) await stream.drained();
    }
  } catch (thrown) {
    if (stream.signal.aborted) return;
    const last = options.onError(thrown);
    if (last !== undefined) stream.send(last);
  } finally {
    stream.end();
  }
}
