import { useEffect, useEffectEvent, useSyncExternalStore } from "react";
import { ApiError, send } from "./client.ts";
import { LiveClient } from "./live/live-client.ts";
import type { LiveListener, LiveState } from "./live/live-client.ts";
import { parseLiveFrame } from "./live/live-frame.ts";
import type { LiveFrame, LiveTopic } from "./live/live-frame.ts";
import { SseParser } from "./live/sse-parser.ts";

export { FrameNotifier } from "./live/frame-notifier.ts";
export type { LiveListener, LiveState } from "./live/live-client.ts";
export type { LiveTopic } from "./live/live-frame.ts";

const live = new LiveClient(openStream, {
  now: () => Date.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
});
addEventListener("online", () => live.retryNow());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") live.retryNow();
});

/** Follows a topic on the tab's one stream. Answers how to stop. */
export function subscribeLive(topic: LiveTopic, listener: LiveListener): () => void {
  return live.subscribe(topic, listener);
}

/** Follows while the component is there; `undefined` follows nothing. The listener may change, the topic begins anew when it does. */
export function useLive(topic: LiveTopic | undefined, listener: LiveListener): void {
  const onEvents = useEffectEvent(listener.onEvents.bind(listener));
  const onGap = useEffectEvent((skipped: number) => listener.onGap?.(skipped));
  const onEnd = useEffectEvent(() => listener.onEnd?.());
  const onError = useEffectEvent((problem: { readonly reason: string; readonly message: string }) =>
    listener.onError?.(problem),
  );
  const key = topic === undefined ? undefined : JSON.stringify(topic);
  useEffect(() => {
    if (key === undefined) return undefined;
    // It was a topic when it was written.
    return subscribeLive(JSON.parse(key) as LiveTopic, {
      onEvents: (events) => onEvents(events),
      onGap: (skipped) => onGap(skipped),
      onEnd: () => onEnd(),
      onError: (problem) => onError(problem),
    });
  }, [key]);
}

/** How the stream is: for the dot that says whether a view is of now. */
export function useLiveState(): LiveState {
  return useSyncExternalStore(
    (onChange) => live.watch(onChange),
    () => live.state,
  );
}

async function openStream(
  topics: readonly (LiveTopic & { readonly id: string })[],
  signal: AbortSignal,
): Promise<AsyncIterable<readonly LiveFrame[]>> {
  const response = await send("/v1/live", {
    method: "POST",
    body: { topics },
    headers: { Accept: "text/event-stream" },
    signal,
  });
  if (response.body === null) throw new ApiError(0, { detail: "The stream has no content." });
  return readFrames(response.body);
}

async function* readFrames(body: ReadableStream<Uint8Array>): AsyncGenerator<readonly LiveFrame[]> {
  const parser = new SseParser();
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const frames = parser.push(value).map(parseLiveFrame);
      yield frames.filter((frame) => frame !== undefined);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
