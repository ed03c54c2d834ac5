import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Uses models in every way an agent can, and reports what it can find out. */
const AGENT = `
import { readFileSync, readdirSync } from "node:fs";
import { defineAgent, skill } from "@berth/sdk";

const look = () => {
  const found = [JSON.stringify(process.env)];
  for (const pid of readdirSync("/proc")) {
    for (const file of ["environ", "cmdline"]) {
      try { found.push(readFileSync("/proc/" + pid + "/" + file, "latin1")); } catch {}
    }
  }
  return found.join("\\n");
};
const any = { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } };
const told = (error) => ({ reason: error.reason, message: error.message });

export default defineAgent({
  name: "modeler", version: "1.0.0", description: "Uses models.",
  skills: {
    look: skill({ description: "Looks around", run: async () => ({ found: look(), base: process.env.OPENAI_BASE_URL, key: process.env.OPENAI_API_KEY }) }),
    chat: skill({ description: "Chats", input: any, async run(request, ctx) {
      try { return await ctx.llm.chat(request); } catch (error) { return told(error); }
    } }),
    stream: skill({ description: "Streams", input: any, async run(request, ctx) {
      let text = ""; let usage = null; let count = 0;
      try {
        for await (const chunk of await ctx.llm.chat({ ...request, stream: true })) {
          text += chunk.choices[0]?.delta?.content ?? ""; usage = chunk.usage ?? usage; count += 1;
          if (count === request.leaveAfter) break;
        }
      } catch (error) { return { text, ...told(error) }; }
      if (request.leaveAfter !== undefined) await ctx.ask("Left it. Go on?");
      return { text, usage };
    } }),
    embed: skill({ description: "Embeds", input: any, async run(request, ctx) {
      try { return { vectors: await ctx.llm.embed(request) }; } catch (error) { return told(error); }
    } }),
    plain: skill({ description: "Any client of OpenAI's API", input: any, async run({ path, body, method = "POST" }) {
      const answer = await fetch(process.env.OPENAI_BASE_URL + path, {
        method,
        headers: { "content-type": "application/json", authorization: "Bearer " + process.env.OPENAI_API_KEY },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: answer.status, type: answer.headers.get("content-type"), retry: answer.headers.get("x-should-retry"), text: await answer.text() };
    } }),
    elsewhere: skill({ description: "Names another host", input: any, async run({ url }) {
      const answer = await fetch(url, { method: "POST", body: "{}" });
      return { status: answer.status, text: await answer.text() };
    } }),
  },
});`;

export async function writeAgent(folder: string, config: object): Promise<string> {
  await mkdir(folder);
  const manifest = { name: "modeler", type: "module", main: "agent.ts", dependencies: { "@berth/sdk": "0.1.0" } };
  await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
  await writeFile(join(folder, "berth.json"), JSON.stringify({ name: "modeler", ...config }));
  await writeFile(join(folder, "agent.ts"), AGENT);
  return folder;
}
