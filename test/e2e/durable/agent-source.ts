import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Twenty steps with three sleeps and a question, each step with an effect that others can count. */
const AGENT = `
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { defineAgent, skill } from "@berth/sdk";

const any = { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } };

export default defineAgent({
  name: "marathon", version: "1.0.0", description: "Runs for long.",
  skills: {
    run: skill({ description: "Twenty steps", durable: true, input: any, async run({ stepMs, sleepSeconds }, ctx) {
      const results = [];
      let name = "";
      for (let n = 1; n <= 20; n++) {
        results.push(await ctx.step("work", async ({ key }) => {
          await pause(stepMs);
          const nonce = randomUUID();
          await ctx.workspace.write("effects/" + key.replace(/[^a-z0-9]/g, "-") + ".txt", nonce);
          return { n, nonce };
        }));
        await ctx.progress("step " + n);
        await ctx.artifact("trail", n + ";", { append: true });
        if (n === 5 || n === 12 || n === 17) await ctx.sleep({ seconds: sleepSeconds });
        if (n === 8) name = await ctx.ask("What is your name?");
      }
      return { name, results };
    } }),
    saga: skill({ description: "Books and unbooks", durable: true, async run(_input, ctx) {
      for (const what of ["flight", "hotel"]) {
        await ctx.step(what, () => what + " booked", { compensate: async (booked) => {
          await ctx.workspace.write("undone/" + what + ".txt", booked);
        } });
      }
      await ctx.sleep({ days: 30 });
      return {};
    } }),
  },
});`;

/** The folder of an agent to deploy. */
export async function writeMarathon(parent: string): Promise<string> {
  const folder = join(parent, "marathon");
  await mkdir(folder);
  const manifest = { name: "marathon", type: "module", main: "agent.ts", dependencies: { "@berth/sdk": "0.1.0" } };
  await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
  await writeFile(join(folder, "berth.json"), JSON.stringify({ name: "marathon", scale: { max: 1, idleSeconds: 1 } }));
  await writeFile(join(folder, "agent.ts"), AGENT);
  return folder;
}
