import { setImmediate } from "node:timers/promises";
import { expect, it } from "vitest";
import type { OpenSpan } from "../tracer.ts";
import { currentSpan, currentTrace, withSpan } from "./current-span.ts";

const span = (spanId: string): OpenSpan => ({
  context: { traceId: "0af7651916cd43dd8448eb211c80319c", spanId, sampled: true },
  set: () => {},
  event: () => {},
  end: () => {},
});

it("is the current span in everything that is awaited within, and nowhere else", async () => {
  const ids = ["b7ad6b7169203331", "00f067aa0ba902b7"];
  const seen = await Promise.all(
    ids.map((id) =>
      withSpan(span(id), async () => {
        await setImmediate();
        return currentTrace()?.spanId;
      }),
    ),
  );
  expect(seen).toEqual(ids);
  expect(currentSpan()).toBe(undefined);
  expect(currentTrace()).toBe(undefined);
});
