import { mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const EXAMPLES = fileURLToPath(new URL("../examples/", import.meta.url));

/** The least that an agent of the SDK is: no library of its own. In the workspace, where its SDK is found; remove it. */
export async function writeSmallAgent(name: string): Promise<string> {
  const folder = await mkdtemp(join(EXAMPLES, ".bench-"));
  const files = {
    "berth.json": JSON.stringify({ name, entry: "agent.ts", scale: { idleSeconds: 1 } }),
    "package.json": JSON.stringify({ name, type: "module", dependencies: { "@berth/sdk": "*" } }),
    "agent.ts": `import { defineAgent } from "@berth/sdk";
      export default defineAgent({
        name: ${JSON.stringify(name)}, version: "1.0.0", description: "Answers.", skills: {},
        async onMessage(_message, ctx) { await ctx.artifact("output", { text: "hi" }); },
      });`,
  };
  for (const [file, content] of Object.entries(files)) await writeFile(join(folder, file), content);
  return folder;
}
