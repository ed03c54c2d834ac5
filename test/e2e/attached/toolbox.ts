import { mkdirSync, writeFileSync } from "node:fs";
import { linkModules } from "./agent-folder.ts";

/** An agent that uses everything the platform has for a run. `version` is what it says of itself after a reload. */
export function writeToolbox(parent: string, version: string): string {
  linkModules(parent);
  const folder = `${parent}/toolbox`;
  mkdirSync(folder, { recursive: true });
  const manifest = { name: "toolbox", type: "module", main: "agent.ts", dependencies: { "@berth/sdk": "0.1.0" } };
  const config = { name: "toolbox", workspace: { read: ["notes/**"] }, models: ["fake/small"] };
  writeFileSync(`${folder}/package.json`, JSON.stringify(manifest));
  writeFileSync(`${folder}/berth.json`, JSON.stringify(config));
  writeFileSync(`${folder}/agent.ts`, SOURCE.replace("VERSION", version));
  return folder;
}

const SOURCE = `
import { defineAgent, skill } from "@berth/sdk";

const version = "VERSION";
let orders = 0;

export default defineAgent({
  name: "toolbox", version: "1.0.0", description: "Uses what there is.",
  skills: {
    everything: skill({ description: "Steps, memory, a model, a scope", durable: true, async run(_input, ctx) {
      const order = await ctx.step("order", () => (orders += 1));
      await ctx.step("remember", () => ctx.memory.save({ text: "refunds are paid by Ada", key: "refunds" }));
      const found = await ctx.step("find", async () => (await ctx.memory.search({ query: "who pays refunds" })).map(({ text }) => text));
      const said = await ctx.step("think", async () => (await ctx.llm.chat({ messages: [{ role: "user", content: "hello" }] })).text);
      await ctx.requestScope({ read: ["private/payroll.csv"], reason: "the figures" });
      const text = await ctx.step("read", () => ctx.workspace.readText("private/payroll.csv"));
      return { order, orders, found, said, text };
    } }),
    name: skill({ description: "Asks", durable: true, async run(_input, ctx) {
      const before = version;
      return { before, name: await ctx.ask("Who are you?"), after: version };
    } }),
    forget: skill({ description: "Asks and keeps it in memory", async run(_input, ctx) {
      return { name: await ctx.ask("Who are you?") };
    } }),
    wait: skill({ description: "Works until a file is there", async run(_input, ctx) {
      while (!(await ctx.workspace.list("notes")).includes("notes/go")) await ctx.sleep({ seconds: 0.05 });
      return { version };
    } }),
    hang: skill({ description: "Never ends", async run() { await new Promise(() => {}); } }),
    endure: skill({ description: "Ends at its second execution", durable: true, async run(_input, ctx) {
      const first = await ctx.step("first", () => version);
      if (first === version) await new Promise(() => {});
      return { first, last: version };
    } }),
  },
});
`;
