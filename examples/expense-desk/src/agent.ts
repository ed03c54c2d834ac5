import { setTimeout as sleep } from "node:timers/promises";
import { defineAgent, serve, skill } from "@berth/sdk";
import type { Agent } from "@berth/sdk";
import { z } from "zod";

/** Above it somebody has to say why. */
const LIMIT = 100;

const MONTH: readonly (readonly [what: string, amount: number])[] = [
  ["Train to the customer", 84.5],
  ["Two nights at the hotel", 236],
  ["Dinner with the team", 71.2],
];

/** Takes expenses and reports them: one skill asks, one streams. */
const agent: Agent = defineAgent({
  name: "expense-desk",
  version: "1.0.0",
  description: "Takes expenses, asks about the large ones, and reports a month as it goes through it.",
  skills: {
    submit: skill({
      description: "Hand in an expense",
      tags: ["expenses"],
      input: z.object({ what: z.string().min(1).max(200), amount: z.number().min(0).max(100_000) }),
      output: z.object({ accepted: z.boolean(), what: z.string(), amount: z.number(), reason: z.string() }),
      async run({ what, amount }, ctx) {
        await ctx.progress(`Looking at "${what}"`);
        const reason = amount > LIMIT ? await ctx.ask(`${amount.toFixed(2)} is above ${LIMIT}. What was it for?`) : "";
        return { accepted: true, what, amount, reason };
      },
    }),
    report: skill({
      description: "Report a month",
      tags: ["expenses", "stream"],
      input: z.object({ month: z.string().regex(/^\d{4}-\d{2}$/, "must be like 2026-11") }),
      output: z.object({ lines: z.number(), total: z.number() }),
      async run({ month }, ctx) {
        await ctx.artifact("report.md", `# ${month}\n\n`);
        for (const [index, [what, amount]] of MONTH.entries()) {
          await sleep(150, undefined, { signal: ctx.signal });
          const lastChunk = index === MONTH.length - 1;
          await ctx.artifact("report.md", `- ${what}: ${amount.toFixed(2)}\n`, { append: true, lastChunk });
          await ctx.progress({ text: what, fraction: (index + 1) / MONTH.length });
        }
        return { lines: MONTH.length, total: MONTH.reduce((sum, [, amount]) => sum + amount, 0) };
      },
    }),
  },
});

export default agent;

if (import.meta.main) await serve(agent);
