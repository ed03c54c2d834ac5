import { readFile } from "node:fs/promises";
import { dirname, join, posix, relative, resolve } from "node:path";
import { PlatformError } from "@berth/protocol";
import type { Message, OutputFile } from "esbuild";
import { confinePlugin } from "./confine-plugin.ts";
import type { DependencyPlan } from "./plan-dependencies.ts";
import { runEsbuild } from "./esbuild-service.ts";
import { BANNER, DEFINE, bundlePathOf, launcherSource } from "./launcher.ts";
import { parseTsconfig } from "./tsconfig.ts";
import { PLATFORM_FOLDER } from "./workspace.ts";

export interface BundleRequest {
  /** The workspace's app folder. */
  readonly app: string;
  /** Relative to it. */
  readonly entry: string;
  readonly plan: DependencyPlan;
  readonly roots: readonly string[];
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal;
}

export interface Bundle {
  /** Relative to the release. */
  readonly path: string;
  readonly code: Uint8Array;
  readonly map: Uint8Array;
  /** Files of the agent that are in it, relative to its folder. */
  readonly inputs: ReadonlySet<string>;
}

/** @throws BUILD_FAILED whose message begins with `file:line:column` where the author's code is at fault. */
export async function bundle(request: BundleRequest): Promise<Bundle> {
  const { app, entry } = request;
  const path = bundlePathOf(entry);
  // Inside app/, though never written there: paths in the output are relative to it.
  const outfile = join(app, path);
  try {
    const result = await runEsbuild(
      {
        absWorkingDir: app,
        stdin: {
          contents: launcherSource(entry),
          resolveDir: dirname(join(app, entry)),
          sourcefile: "berth-launcher.js",
          loader: "js" as const,
        },
        outfile,
        write: false as const,
        metafile: true as const,
        bundle: true,
        platform: "node" as const,
        format: "esm" as const,
        target: "node22",
        charset: "utf8" as const,
        legalComments: "none" as const,
        sourcemap: "linked" as const,
        sourcesContent: false,
        preserveSymlinks: true,
        logLevel: "silent" as const,
        banner: { js: BANNER },
        define: { ...DEFINE },
        tsconfigRaw: parseTsconfig(await readFile(join(app, "tsconfig.json"), "utf8").catch(() => "{}")),
        plugins: [confinePlugin({ app, entryFile: join(app, entry), plan: request.plan, roots: request.roots })],
      },
      request.signal,
    );
    for (const warning of result.warnings.filter(({ id }) => id !== "import-is-undefined").slice(0, 20)) {
      request.log(`warning: ${describe(warning)}`);
    }
    const inputs = new Set(Object.keys(result.metafile.inputs));
    const map = cleanMap(outputOf(result.outputFiles, ".map").text, dirname(outfile), app);
    return { path, code: outputOf(result.outputFiles, ".mjs").contents, map, inputs };
  } catch (error) {
    throw toBuildFailed(error);
  }
}

function outputOf(files: readonly OutputFile[], extension: string): OutputFile {
  const found = files.find(({ path }) => path.endsWith(extension));
  if (found === undefined) throw new Error(`esbuild wrote no ${extension} file`);
  return found;
}

/** Sources as they lie in the agent's folder, platform packages under node_modules; never a path of this machine. */
function cleanMap(text: string, folder: string, app: string): Uint8Array {
  // Made by esbuild just now: a source map (ECMA-426) with these members.
  const map = JSON.parse(text) as { sources: string[] };
  const sources = map.sources.map((source) => {
    const path = shownPath(relative(app, resolve(folder, source)));
    return posix.relative(posix.join("/", relative(app, folder)), posix.join("/", path));
  });
  return new TextEncoder().encode(JSON.stringify({ ...map, sources }));
}

function shownPath(path: string): string {
  return path.startsWith(`${PLATFORM_FOLDER}/`) ? path.slice(PLATFORM_FOLDER.length + 1) : path;
}

function describe({ text, location }: Message): string {
  return location === null ? text : `${shownPath(location.file)}:${location.line}:${location.column + 1}: ${text}`;
}

function toBuildFailed(error: unknown): unknown {
  // esbuild rejects with a BuildFailure: an Error with a list of messages.
  if (!(error instanceof Error) || !("errors" in error) || !Array.isArray(error.errors)) return error;
  const messages = error.errors as readonly Message[];
  const [first] = messages;
  if (first === undefined) return error;
  const more = messages.length > 1 ? ` (and ${messages.length - 1} more)` : "";
  const hint = hintFor(first);
  return new PlatformError("BUILD_FAILED", `${describe(first)}${more}`, {
    internal: messages.map(describe).join("\n").slice(0, 8_000),
    ...(hint === undefined ? {} : { hint }),
  });
}

function hintFor({ text }: Message): string | undefined {
  if (text.includes("is not among the dependencies")) return "Add it there with `npm install`, and deploy again.";
  if (text.startsWith("Could not resolve")) return "Check the spelling, and that no ignore file leaves the file out.";
  if (text.includes('".node"')) return "Native addons cannot be bundled; use a package that is plain JavaScript.";
  return undefined;
}
