import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toAgentName } from "@berth/protocol";
import type { Project } from "../../source/read-project.ts";

/** Where the pages are in the project that is made. */
const SITE = "site";
const ENTRY = "agent.ts";
/** Read by the platform, not by visitors. */
const NOT_SHOWN = /^(?:berth\.json|package(?:-lock)?\.json|README\.md|\.gitignore|\.berthignore)$/i;
const MAX_TITLE = 200;

export interface StaticProject extends AsyncDisposable {
  readonly project: Project;
}

/**
 * Pages without an agent: the same pages as an agent's web app, with an agent that tells where they are. Nothing else of a
 * folder of pages answers to A2A.
 */
export async function openStaticProject(source: Project): Promise<StaticProject> {
  const page = source.files.find(({ path }) => path === source.entry);
  const title = titleOf(page === undefined ? "" : await readFile(page.file, "utf8"));
  const name = source.config.name ?? toAgentName(source.manifest.name ?? title ?? "site");
  const folder = await mkdtemp(join(tmpdir(), "berth-static-"));
  const file = join(folder, ENTRY);
  const text = agentSource(name, title ?? name);
  await writeFile(file, text);
  const pages = source.files
    .filter(({ path }) => !NOT_SHOWN.test(path))
    .map((each) => ({ ...each, path: `${SITE}/${each.path === source.entry ? "index.html" : each.path}` }));
  const rest = source.files.filter(({ path }) => path === "berth.json");
  return {
    project: {
      ...source,
      config: { ...source.config, name, frontend: SITE },
      entry: ENTRY,
      files: [...rest, { path: ENTRY, file, size: text.length }, ...pages],
    },
    [Symbol.asyncDispose]: async () => await rm(folder, { recursive: true, force: true }),
  };
}

function agentSource(name: string, title: string): string {
  const description = `${title}: a web app, at /app.`;
  return `import { defineAgent, skill } from "@berth/sdk";

export default defineAgent({
  name: ${JSON.stringify(name)},
  version: "1.0.0",
  description: ${JSON.stringify(description)},
  skills: {
    about: skill({
      description: "Tells what this app is and where it is.",
      run: () => ${JSON.stringify(description)},
    }),
  },
});
`;
}

function titleOf(page: string): string | undefined {
  const [, title] = /<title[^>]{0,200}>([^<]{1,1000})<\/title>/i.exec(page) ?? [];
  const plain = title?.replaceAll(/\s+/g, " ").trim().slice(0, MAX_TITLE);
  return plain === undefined || plain === "" ? undefined : plain;
}
