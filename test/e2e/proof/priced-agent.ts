import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

const AGENT = `
import { defineAgent, skill } from "@berth/sdk";
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
export default defineAgent({
  name: "worker", version: "1.0.0", description: "Works for money.",
  skills: {
    quick: skill({ description: "Answers at once", async run(_input, ctx) {
      ctx.usage({ inputTokens: 1200, outputTokens: 34, model: "small" });
      return { done: true };
    } }),
    slow: skill({ description: "Takes its time", async run(_input, ctx) {
      for (let step = 1; step <= 10; step++) {
        await ctx.progress({ text: "step " + step, fraction: step / 10 });
        await pause(20);
      }
      await ctx.artifact("report.md", "# done");
      return { done: true };
    } }),
  },
});`;

/** Writes an agent whose every run costs something, and returns its folder. */
export async function writePricedAgent(parent: string): Promise<string> {
  const folder = join(parent, "worker");
  await mkdir(folder);
  const files = {
    "package.json": {
      name: "worker",
      type: "module",
      main: "agent.ts",
      dependencies: { "@berth/sdk": "0.1.0" },
    },
    "berth.json": {
      name: "worker",
      price: {
        currency: "USD",
        perCall: "0.01",
        perSecond: "0.0005",
        perMillionInputTokens: "3",
        platformShare: "0.2",
      },
    },
  };
  for (const [name, value] of Object.entries(files)) await writeFile(join(folder, name), JSON.stringify(value));
  await writeFile(join(folder, "agent.ts"), AGENT);
  return folder;
}
