import { readFileSync } from "node:fs";
import type { Project } from "../../source/read-project.ts";
import { bundle, bundleScript } from "../bundle.ts";
import type { BuiltFiles } from "../built-files.ts";
import { npmPurl } from "../facts/purl.ts";
import { STUB_PATH } from "../launcher.ts";
import { MODULE_PATH, moduleFiles } from "../module-release.ts";
import { collectReleaseFiles } from "../release-files.ts";
import { engineModule } from "./engine-module.ts";
import { JAVASCRIPT_TOOLS } from "./javascript-workspace.ts";
import type { JavaScriptWorkspace } from "./javascript-workspace.ts";

/** A bundle for the platform's Node, or a module when berth.json says `isolation: wasm`. @throws BUILD_FAILED, CANCELED */
export async function buildJavaScript(project: Project, workspace: JavaScriptWorkspace): Promise<BuiltFiles> {
  return await (project.config.isolation === "wasm" ? scriptRelease : bundleRelease)(project, workspace);
}

async function bundleRelease(project: Project, workspace: JavaScriptWorkspace): Promise<BuiltFiles> {
  const built = await bundle(workspace.request);
  return {
    files: await collectReleaseFiles(project.files, built),
    entry: STUB_PATH,
    what: `bundled ${built.inputs.size} modules`,
    facts: { buildpack: "node", tools: JAVASCRIPT_TOOLS, packages: await workspace.packages(built.used) },
  };
}

/** TypeScript or JavaScript with an engine around it: a module like any other. */
async function scriptRelease(project: Project, workspace: JavaScriptWorkspace): Promise<BuiltFiles> {
  const { script, inputs, used } = await bundleScript(workspace.request);
  const data = (await moduleFiles(project)).filter(({ path }) => path !== MODULE_PATH);
  const engine = { purl: npmPurl("quickjs-wasi", engineVersion()), licence: "MIT" };
  return {
    files: [...data, { path: MODULE_PATH, bytes: await engineModule(script) }],
    entry: MODULE_PATH,
    what: `bundled ${inputs.size} modules`,
    facts: {
      buildpack: "script-wasm",
      tools: JAVASCRIPT_TOOLS,
      packages: [...(await workspace.packages(used)), engine],
    },
  };
}

function engineVersion(): string {
  const file = new URL("package.json", import.meta.resolve("quickjs-wasi/quickjs.wasm"));
  // The package's own manifest.
  return (JSON.parse(readFileSync(file, "utf8")) as { readonly version: string }).version;
}
