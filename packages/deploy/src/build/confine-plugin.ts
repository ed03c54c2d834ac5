import { readFile, realpath } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { extname, join, sep } from "node:path";
import type { Loader, OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from "esbuild";
import type { DependencyPlan } from "./plan-dependencies.ts";
import { OWN_PACKAGES } from "./platform-packages.ts";
import { answerMainChecks } from "./launcher.ts";
import { PLATFORM_FOLDER } from "./workspace.ts";

export interface Confinement {
  readonly app: string;
  /** Absolute. */
  readonly entryFile: string;
  readonly plan: DependencyPlan;
  /** Real paths that files may be read from. */
  readonly roots: readonly string[];
}

/** Marks a resolution that this plugin asked for itself. */
const ASKED = Symbol("asked");

/**
 * Keeps a bundle to the agent's own files and its declared packages. The source is hostile: without this,
 * `import secret from "../../../etc/hostname.json"` would carry a file of this machine into the release.
 */
export function confinePlugin(confinement: Confinement): Plugin {
  return {
    name: "confine",
    setup(build) {
      build.onResolve({ filter: /^[^./]/ }, (args) => resolvePackage(build, args, confinement));
      build.onLoad({ filter: /.*/, namespace: "file" }, async ({ path }) => {
        const real = await realpath(path);
        const isInside = confinement.roots.some((root) => real.startsWith(root + sep));
        if (!isInside) return { errors: [{ text: "This file lies outside the agent's folder and its packages." }] };
        if (path !== confinement.entryFile) return undefined;
        return { contents: answerMainChecks(await readFile(path, "utf8")), loader: loaderOf(path) };
      });
    },
  };
}

async function resolvePackage(
  build: PluginBuild,
  args: OnResolveArgs,
  { app, plan }: Confinement,
): Promise<OnResolveResult | undefined> {
  if (args.pluginData === ASKED || args.kind === "entry-point" || isBuiltin(args.path)) return undefined;
  // Holds its content itself.
  if (args.path.startsWith("data:")) return undefined;
  const name = packageNameOf(args.path);
  const isOwnCode = isAgentCode(args.importer, app);
  const fromPlatform = isOwnCode
    ? plan.fromPlatform.has(name)
    : OWN_PACKAGES.has(name) && !isPlatform(args.importer, app);
  const resolveDir = fromPlatform ? join(app, PLATFORM_FOLDER) : args.resolveDir;
  if (!fromPlatform && (!isOwnCode || plan.declared.has(name))) return undefined;

  const { path, external, sideEffects, namespace, suffix, errors, warnings } = await build.resolve(args.path, {
    importer: args.importer,
    kind: args.kind,
    resolveDir,
    pluginData: ASKED,
  });
  const result = { path, external, sideEffects, namespace, suffix, errors, warnings };
  // An alias of tsconfig's paths or of package.json's imports is the agent's own file, whatever it looks like.
  if (fromPlatform || (path !== "" && isAgentCode(path, app))) return result;
  if (args.kind === "require-call" || args.kind === "require-resolve") return undefined;
  return { errors: [{ text: `${name} is not among the dependencies in package.json.` }] };
}

function isAgentCode(file: string, app: string): boolean {
  if (!file.startsWith(app + sep)) return file === "";
  const path = file.slice(app.length + 1);
  return !path.split(sep).includes("node_modules");
}

function isPlatform(file: string, app: string): boolean {
  return file.startsWith(join(app, PLATFORM_FOLDER) + sep);
}

/** `@scope/name/sub` → `@scope/name`. */
function packageNameOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

function loaderOf(path: string): Loader {
  const loaders: { readonly [extension: string]: Loader } = {
    ".ts": "ts",
    ".mts": "ts",
    ".cts": "ts",
    ".tsx": "tsx",
    ".jsx": "jsx",
  };
  return loaders[extname(path)] ?? "js";
}
