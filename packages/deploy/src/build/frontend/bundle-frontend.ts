import { readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { PlatformError, isPlatformError } from "@berth/protocol";
import type { BuildOptions, Loader } from "esbuild";
import { describe, toBuildFailed, usedInputs } from "../bundle.ts";
import { confinePlugin } from "../confine-plugin.ts";
import { runEsbuild } from "../esbuild-service.ts";
import type { DependencyPlan } from "../plan-dependencies.ts";
import type { ReleaseFile } from "../release-digest.ts";
import { parseTsconfig } from "../tsconfig.ts";

/** What is made lies here, under names that change with the content. */
export const MADE_FOLDER = "_build";

export interface FrontendBundleRequest {
  /** The workspace's app folder. */
  readonly app: string;
  /** The frontend's folder, relative to it. */
  readonly folder: string;
  /** Relative to `app`. */
  readonly entries: readonly string[];
  readonly plan: DependencyPlan;
  readonly roots: readonly string[];
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal;
}

export interface FrontendBundle {
  /** Relative to the app: `_build/main-ABCDEFGH.js`. */
  readonly files: readonly ReleaseFile[];
  /** By entry: its script or stylesheet, and the styles that a script brings along. */
  readonly made: ReadonlyMap<string, { readonly path: string; readonly styles?: string }>;
  /** Files of the agent that are in it, relative to `app`. */
  readonly inputs: ReadonlySet<string>;
  /** Those of which something is in it. */
  readonly used: ReadonlySet<string>;
}

const FILE_LOADERS: { readonly [extension: string]: Loader } = Object.fromEntries(
  (
    "avif gif ico jpeg jpg mp3 mp4 ogg otf pdf png svg ttf wasm webm webp woff woff2".split(" ") as readonly string[]
  ).map((extension) => [`.${extension}`, "file" as const]),
);

/**
 * Scripts and stylesheets for browsers, from the agent's own files and its declared packages. Nothing of them is run.
 * @throws BUILD_FAILED whose message begins with `file:line:column` where the author's code is at fault.
 */
export async function bundleFrontend(request: FrontendBundleRequest): Promise<FrontendBundle> {
  const { app, folder, entries, plan, roots, log, signal } = request;
  const outdir = join(app, "made");
  const tsconfig = parseTsconfig(await tsconfigText(app, folder));
  const hasJsx = typeof tsconfig === "object" && tsconfig.compilerOptions?.jsx !== undefined;
  try {
    const result = await runEsbuild<BuildOptions & { readonly metafile: true; readonly write: false }>(
      {
        absWorkingDir: app,
        entryPoints: entries.map((entry) => `./${entry}`),
        outdir,
        outbase: app,
        write: false,
        metafile: true,
        bundle: true,
        splitting: true,
        format: "esm",
        platform: "browser",
        target: "es2022",
        minify: true,
        charset: "utf8",
        legalComments: "none",
        preserveSymlinks: true,
        logLevel: "silent",
        entryNames: `${MADE_FOLDER}/[name]-[hash]`,
        chunkNames: `${MADE_FOLDER}/[name]-[hash]`,
        assetNames: `${MADE_FOLDER}/[name]-[hash]`,
        publicPath: "/app",
        // Files that are copied as they are have their address from the start.
        external: ["/app/*"],
        loader: FILE_LOADERS,
        tsconfigRaw: tsconfig,
        ...(hasJsx ? {} : { jsx: "automatic" }),
        // The agent's entry is no part of this.
        plugins: [confinePlugin({ app, entryFile: app, plan, roots })],
      },
      signal,
    );
    for (const warning of result.warnings.slice(0, 20)) log(`warning: ${describe(warning)}`);
    const pathOf = (file: string): string => relative(outdir, file).split(sep).join("/");
    const made = new Map<string, { readonly path: string; readonly styles?: string }>();
    for (const [output, { entryPoint, cssBundle }] of Object.entries(result.metafile.outputs)) {
      if (entryPoint === undefined) continue;
      const styles = cssBundle === undefined ? {} : { styles: pathOf(join(app, cssBundle)) };
      made.set(entryPoint, { path: pathOf(join(app, output)), ...styles });
    }
    const files = result.outputFiles.map(({ path, contents }) => ({ path: pathOf(path), bytes: contents }));
    return { files, made, inputs: new Set(Object.keys(result.metafile.inputs)), used: usedInputs(result.metafile) };
  } catch (error) {
    throw withHint(toBuildFailed(error));
  }
}

async function tsconfigText(app: string, folder: string): Promise<string> {
  for (const file of [join(app, folder, "tsconfig.json"), join(app, "tsconfig.json")]) {
    const text = await readFile(file, "utf8").catch(() => undefined);
    if (text !== undefined) return text;
  }
  return "{}";
}

/** Of what goes wrong in browsers and nowhere else. */
function withHint(error: unknown): unknown {
  if (!isPlatformError(error) || error.reason !== "BUILD_FAILED") return error;
  const hint = hintFor(error.message);
  if (hint === undefined) return error;
  return new PlatformError("BUILD_FAILED", error.message, {
    hint,
    ...(error.internal === undefined ? {} : { internal: error.internal }),
  });
}

function hintFor(message: string): string | undefined {
  if (/Could not resolve "(?:node:|fs"|path"|http"|crypto")/.test(message)) return "A browser has no Node.";
  if (/ https?: is not among/.test(message))
    return "The app loads nothing from elsewhere: put the file into the folder.";
  return undefined;
}
