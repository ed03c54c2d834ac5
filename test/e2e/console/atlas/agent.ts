import { setTimeout as pause } from "node:timers/promises";
import { defineAgent, serve, skill } from "@berth/sdk";
import type { Agent } from "@berth/sdk";
import { z } from "zod";

const PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAFklEQVR4nGNkYPjPQApgIkn1qIZRDaMaAL8pAB9w0vD0AAAAAElFTkSuQmCC";

/** Does a little of everything that a task can show. */
const agent: Agent = defineAgent({
  name: "atlas",
  version: "2.3.0",
  description: "Writes a brief about a place.",
  skills: {
    brief: skill({
      description: "Write a brief",
      input: z.object({ place: z.string(), ask: z.boolean().default(false) }),
      output: z.unknown(),
      async run({ place, ask }, ctx) {
        ctx.logger.info("looking", { place });
        await ctx.progress({ text: `Looking up ${place}`, fraction: 0.2 });
        await ctx.workspace.readText("private/p.csv").catch(() => undefined);
        await ctx.log("warning", "no private figures");
        const said = await ctx.call("echo", "echo", { text: place });
        ctx.usage({ inputTokens: 1_840, outputTokens: 212, model: "house/large", costMicros: 8_700 });
        const words = ["# ", place, "\n\n", "It ", "has ", "a ", "**harbour**", "."];
        for (const [index, word] of words.entries()) {
          await ctx.artifact("brief.md", word, { append: index > 0, lastChunk: index === words.length - 1 });
          await pause(30);
        }
        await ctx.artifact(
          "flag.png",
          Uint8Array.from(atob(PIXEL), (character) => character.charCodeAt(0)),
          { mediaType: "image/png" },
        );
        await ctx.workspace.write("brief.md", words.join(""));
        const title = ask ? (await ctx.ask("Which title?", { schema: z.object({ title: z.string() }) })).title : place;
        return { title, said };
      },
    }),
    wait: skill({
      description: "Wait until it is canceled",
      output: z.unknown(),
      async run(_input, ctx) {
        await ctx.progress("Waiting");
        await pause(600_000, undefined, { signal: ctx.signal });
      },
    }),
  },
});

export default agent;

if (import.meta.main) await serve(agent);
