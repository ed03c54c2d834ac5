import { readFile } from "node:fs/promises";
import { dirname, join, posix, relative, resolve } from "node:path";
import { PlatformError } from "@berth/protocol";
import type { BuildOptions, BuildResult, Message, Metafile, OutputFile } from "esbuild";
import { confinePlugin } from "./confine-plugin.ts";
import type { DependencyPlan } from "./plan-dependencies.ts";
import { runEsbuild } from "./esbuild-service.ts";
import {
  BANNER,
  DEFINE,
  bundlePathOf,
  GUEST_BANNER,
  GUEST_FOOTER,
  guestLauncherSource,
  launcherSource,
} from "./launcher.ts";
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
  /** Files that were read for it, relative to the agent's folder. */
  readonly inputs: ReadonlySet<string>;
  /** Those of which something is in it. */
  readonly used: ReadonlySet<string>;
}

/** @throws BUILD_FAILED whose message begins with `file:line:column` where the author's code is at fault. */
export async function bundle(request: BundleRequest): Promise<Bundle> {
  const { app, entry } = request;
  const path = bundlePathOf(entry);
  // Inside app/, though never written there: paths in the output are relative to it.
  const outfile = join(app, path);
  const result = await runBundler(request, {
    launcher: launcherSource(entry),
    options: {
      outfile,
      platform: "node",
      format: "esm",
      target: "node22",
      sourcemap: "linked",
      sourcesContent: false,
      banner: { js: BANNER },
      define: { ...DEFINE },
    },
  });
  const inputs = new Set(Object.keys(result.metafile.inputs));
  const map = cleanMap(outputOf(result.outputFiles, ".map").text, dirname(outfile), app);
  return { path, code: outputOf(result.outputFiles, ".mjs").contents, map, inputs, used: usedInputs(result.metafile) };
}

/** One classic script for an engine that has neither Node nor modules. @throws as `bundle` */
export async function bundleScript(
  request: BundleRequest,
): Promise<Pick<Bundle, "inputs" | "used"> & { readonly script: string }> {
  const { app, entry } = request;
  const result = await runBundler(request, {
    launcher: guestLauncherSource(entry),
    options: {
      outfile: join(app, "agent.script.mjs"),
      platform: "neutral",
      format: "iife",
      target: "es2023",
      minifySyntax: true,
      minifyWhitespace: true,
      mainFields: ["module", "main"],
      conditions: ["module"],
      // The server of an agent in a process: an agent that is never served never asks for it.
      external: ["./server/serve.ts"],
      banner: { js: GUEST_BANNER },
      footer: { js: GUEST_FOOTER },
    },
  });
  return {
    script: outputOf(result.outputFiles, ".mjs").text,
    inputs: new Set(Object.keys(result.metafile.inputs)),
    used: usedInputs(result.metafile),
  };
}

/** Without what was read and found to be needed by nobody. */
export function usedInputs({ outputs }: Metafile): ReadonlySet<string> {
  const inputs = Object.values(outputs).flatMap((output) => Object.entries(output.inputs));
  return new Set(inputs.flatMap(([input, { bytesInOutput }]) => (bytesInOutput > 0 ? [input] : [])));
}

/** What the answer has follows from these two. */
type BundlerOptions = BuildOptions & { readonly metafile: true; readonly write: false };

async function runBundler(
  request: BundleRequest,
  { launcher, options }: { readonly launcher: string; readonly options: Omit<BuildOptions, "metafile" | "write"> },
): Promise<BuildResult<BundlerOptions>> {
  const { app, entry, plan, roots } = request;
  try {
    const result = await runEsbuild<BundlerOptions>(
      {
        absWorkingDir: app,
        stdin: {
          contents: launcher,
          resolveDir: dirname(join(app, entry)),
          sourcefile: "berth-launcher.js",
          loader: "js" as const,
        },
        write: false,
        metafile: true,
        bundle: true,
        charset: "utf8" as const,
        legalComments: "none" as const,
        preserveSymlinks: true,
        logLevel: "silent" as const,
        tsconfigRaw: parseTsconfig(await readFile(join(app, "tsconfig.json"), "utf8").catch(() => "{}")),
        plugins: [confinePlugin({ app, entryFile: join(app, entry), plan, roots })],
        ...options,
      },
      request.signal,
    );
    for (const warning of result.warnings.filter(({ id }) => id !== "import-is-undefined").slice(0, 20)) {
      request.log(`warning: ${describe(warning)}`);
    }
    return result;
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

/** With the place in the author's folder. */
export function describe({ text, location }: Message): string {
  return location === null ? text : `${shownPath(location.file)}:${location.line}:${location.column + 1}: ${text}`;
}

export function toBuildFailed(error: unknown): unknown {
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
  if (/^Could not resolve "(node:|fs"|path"|http"|crypto")/.test(text)) {
    return "An agent in WebAssembly has no Node: use ctx, or leave isolation out of berth.json to run it as a process.";
  }
  if (text.startsWith("Could not resolve")) return "Check the spelling, and that no ignore file leaves the file out.";
  if (text.includes('".node"')) return "Native addons cannot be bundled; use a package that is plain JavaScript.";
  return undefined;
}
