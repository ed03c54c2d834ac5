/** What `a2a init` writes: the smallest agent that shows a typed skill, progress and a question. */
export interface TemplateFile {
  readonly path: string;
  readonly text: string;
}

export function agentTemplate(name: string): readonly TemplateFile[] {
  return filesOf(name, { name, visibility: "private", tags: [] });
}

/** The same, built into a WebAssembly module. */
export function wasmTemplate(name: string): readonly TemplateFile[] {
  return filesOf(name, { name, isolation: "wasm", visibility: "private", tags: [] });
}

function filesOf(name: string, config: object): readonly TemplateFile[] {
  return [
    { path: "package.json", text: packageJson(name) },
    { path: "berth.json", text: json(config) },
    { path: ".gitignore", text: "node_modules/\n.env*\n.berth/\n" },
    { path: "README.md", text: readme(name) },
    { path: "src/agent.ts", text: agent(name) },
  ];
}

/** The versions that stand beside the platform, so that the first deploy needs no registry. */
export const TEMPLATE_DEPENDENCIES: { readonly [name: string]: string } = { "@berth/sdk": "0.1.0", zod: "4.6.7" };

function packageJson(name: string): string {
  return json({
    name,
    version: "0.1.0",
    private: true,
    type: "module",
    main: "src/agent.ts",
    dependencies: TEMPLATE_DEPENDENCIES,
  });
}

function agent(name: string): string {
  return `import { defineAgent, skill } from "@berth/sdk";
import { z } from "zod";

export default defineAgent({
  name: ${JSON.stringify(name)},
  version: "0.1.0",
  description: "Greets people.",
  skills: {
    greet: skill({
      description: "Greet somebody by name",
      tags: ["example"],
      input: z.object({ name: z.string().optional() }),
      output: z.object({ greeting: z.string() }),
      async run({ name }, ctx) {
        await ctx.progress("thinking of a greeting");
        const who = name ?? (await ctx.ask("What is your name?"));
        return { greeting: \`Hello, \${who}!\` };
      },
    }),
  },
});
`;
}

function readme(name: string): string {
  return `# ${name}

An A2A agent with one skill, \`greet\`, in \`src/agent.ts\`. \`berth.json\` holds what code cannot say; every key is
described in the platform's reference.

    a2a deploy
    a2a call ${name} greet --input '{"name":"Ada"}'
    a2a call ${name} greet          # it asks for the name
    a2a logs ${name} --follow
`;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
