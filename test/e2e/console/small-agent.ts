import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const SOURCE = (name: string): string => `import { defineAgent, serve } from "@berth/sdk";

const agent = defineAgent({
  name: "${name}",
  version: "1.0.0",
  description: "Says what it was told.",
  async onMessage(_message, ctx) {
    await ctx.progress("Heard.");
  },
});

export default agent;

if (import.meta.main) await serve(agent);
`;

/** An agent's source below `folder`, to be deployed; its path. */
export function agentFolder(folder: string, name: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, "src"), { recursive: true });
  const manifest = {
    name,
    version: "1.0.0",
    type: "module",
    main: "src/agent.ts",
    dependencies: { "@berth/sdk": "0.1.0" },
  };
  writeFileSync(join(path, "package.json"), JSON.stringify(manifest));
  writeFileSync(join(path, "berth.json"), JSON.stringify({ name }));
  writeFileSync(join(path, "src/agent.ts"), SOURCE(name));
  return path;
}
