import { ServiceError, defineAgent, serve, skill } from "@berth/sdk";
import type { Agent, TaskContext } from "@berth/sdk";
import { z } from "zod";

/** Reads what it is told to, and says what it may not. */
const agent: Agent = defineAgent({
  name: "reader",
  version: "1.0.0",
  description: "Reads files for others.",
  skills: {
    read: skill({
      description: "Reads files, and writes and lists its own.",
      input: z.object({ paths: z.array(z.string()) }),
      output: z.unknown(),
      async run({ paths }, ctx) {
        const files: { [path: string]: string } = {};
        for (const path of paths) files[path] = await attempt(path, ctx);
        const written = await ctx.workspace.write("note.txt", "seen");
        return { files, written };
      },
    }),
    watch: skill({
      description: "Reads a file again and again until it may not.",
      output: z.unknown(),
      async run(_input, ctx) {
        let last = await attempt("data/a.csv", ctx);
        while (!last.startsWith("GRANT_")) {
          await new Promise((resolve) => setTimeout(resolve, 50));
          last = await attempt("data/a.csv", ctx);
        }
        return { reason: last, at: Date.now() };
      },
    }),
    circle: skill({
      description: "Calls the agent that called it.",
      input: z.object({ depth: z.number() }),
      output: z.unknown(),
      async run({ depth }, ctx) {
        try {
          return await ctx.call("boss", "circle", { depth: depth + 1 });
        } catch (error) {
          if (error instanceof ServiceError) return { reason: error.reason, depth };
          throw error;
        }
      },
    }),
  },
});

async function attempt(path: string, ctx: TaskContext): Promise<string> {
  try {
    return await ctx.workspace.readText(path);
  } catch (error) {
    if (error instanceof ServiceError) return error.reason;
    throw error;
  }
}

export default agent;

if (import.meta.main) await serve(agent);
