import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AgentCanaryConfig } from "@berth/protocol";

/** A small agent whose answers say which of its versions gave them, so that each is a release of its own. */
export async function writeStormSource(
  folder: string,
  version: string,
  canary?: Partial<AgentCanaryConfig>,
): Promise<string> {
  const path = join(folder, `storm-${version}`);
  await mkdir(path, { recursive: true });
  const files = {
    "package.json": { name: "storm", type: "module", main: "agent.ts", dependencies: { "@berth/sdk": "0.1.0" } },
    "berth.json": { name: "storm", visibility: "public", ...(canary === undefined ? {} : { canary }) },
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(path, name), JSON.stringify(content));
  await writeFile(join(path, "agent.ts"), agentText(version));
  return path;
}

function agentText(version: string): string {
  return `
import { setTimeout as sleep } from "node:timers/promises";
import { defineAgent, skill } from "@berth/sdk";
const version = ${JSON.stringify(version)};
export default defineAgent({
  name: "storm", version: "1.0.0", description: "Is deployed again and again.",
  skills: {
    count: skill({ description: "Counts aloud.", tags: ["storm"], async run({ count, delayMs }, ctx) {
      for (let i = 1; i <= count; i++) {
        await ctx.artifact("counted", i + "\\n", { append: i > 1, lastChunk: i === count });
        await sleep(delayMs);
      }
      return { version };
    } }),
    ask: skill({ description: "Asks, then says who asked.", tags: ["storm"], async run(_input, ctx) {
      return { answer: await ctx.ask("Still there?"), version };
    } }),
  },
});`;
}
