import { setTimeout as sleep } from "node:timers/promises";
import { skill } from "@berth/sdk";
import type { Skill } from "@berth/sdk";
import { z } from "zod";

/** Skills that take a while or say a lot. */
export const streams: { readonly slow: Skill; readonly stream: Skill; readonly big: Skill } = {
  slow: skill({
    description: "Takes `ms` milliseconds in `steps` steps and reports each.",
    tags: ["stream"],
    input: z
      .object({
        ms: z.number().int().min(0).max(3_600_000).default(1000),
        steps: z.number().int().min(1).max(10_000).default(4),
      })
      .default({ ms: 1000, steps: 4 }),
    output: z.object({ steps: z.number() }),
    async run({ ms, steps }, ctx) {
      for (let step = 1; step <= steps; step++) {
        await sleep(ms / steps, undefined, { signal: ctx.signal });
        await ctx.progress({ text: `Step ${step} of ${steps}`, fraction: step / steps });
      }
      return { steps };
    },
  }),
  stream: skill({
    description: "Sends one artifact in `count` chunks, `delayMs` apart.",
    tags: ["stream"],
    input: z
      .object({
        count: z.number().int().min(1).max(100_000).default(10),
        delayMs: z.number().min(0).max(60_000).default(0),
      })
      .default({ count: 10, delayMs: 0 }),
    output: z.object({ chunks: z.number() }),
    async run({ count, delayMs }, ctx) {
      for (let chunk = 1; chunk <= count; chunk++) {
        await ctx.artifact("chunks.txt", `chunk ${chunk}\n`, { append: chunk > 1, lastChunk: chunk === count });
        if (delayMs > 0) await sleep(delayMs, undefined, { signal: ctx.signal });
      }
      return { chunks: count };
    },
  }),
  big: skill({
    description: "Returns an artifact of `bytes` bytes.",
    tags: ["stream"],
    input: z.object({ bytes: z.number().int().min(0).max(64_000_000).default(1_000_000) }).default({
      bytes: 1_000_000,
    }),
    output: z.object({ bytes: z.number() }),
    async run({ bytes }, ctx) {
      await ctx.artifact("big.txt", "x".repeat(bytes));
      return { bytes };
    },
  }),
};
