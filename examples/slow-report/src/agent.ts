import { defineAgent, serve, skill } from "@berth/sdk";
import type { Agent } from "@berth/sdk";
import { z } from "zod";

/** A report that takes as long as it takes: each part is made once, whatever becomes of the processes in between. */
const agent: Agent = defineAgent({
  name: "slow-report",
  version: "1.0.0",
  description: "Writes a report part by part, with pauses, and survives every restart meanwhile.",
  skills: {
    write: skill({
      description: "Write a report",
      tags: ["durable"],
      durable: true,
      input: z.object({
        parts: z.array(z.string().min(1)).min(1).max(50),
        pauseSeconds: z.number().min(0).max(2_592_000).default(0),
      }),
      output: z.object({ title: z.string(), parts: z.number(), report: z.string() }),
      async run({ parts, pauseSeconds }, ctx) {
        const written: string[] = [];
        for (const [index, part] of parts.entries()) {
          if (index > 0) await ctx.sleep({ seconds: pauseSeconds });
          const text = await ctx.step("write a part", () => `## ${part}\n\nWritten at ${new Date().toISOString()}.\n`, {
            retry: { attempts: 3 },
            compensate: () => ctx.logger.info("part taken back", { part }),
          });
          written.push(text);
          await ctx.progress({ text: `wrote "${part}"`, fraction: (index + 1) / parts.length });
        }
        const title = await ctx.ask("What is the title of the report?");
        await ctx.artifact("report.md", `# ${title}\n\n${written.join("\n")}`);
        return { title, parts: parts.length, report: "report.md" };
      },
    }),
  },
});

export default agent;

if (import.meta.main) await serve(agent);
