import { readFile } from "node:fs/promises";
import { posix } from "node:path";
import { APP_FOLDER, PlatformError } from "@berth/protocol";
import type { SourceEntry } from "../../source/list-source-files.ts";
import type { ReleaseFile } from "../release-digest.ts";
import { buildProblem } from "./build-problem.ts";
import { MADE_FOLDER, bundleFrontend } from "./bundle-frontend.ts";
import type { FrontendBundle, FrontendBundleRequest } from "./bundle-frontend.ts";
import { readPage } from "./read-page.ts";
import type { PageReference } from "./read-page.ts";

export interface FrontendRequest extends Omit<FrontendBundleRequest, "entries"> {
  /** The agent's source. */
  readonly files: readonly SourceEntry[];
  /** The agent's entry. */
  readonly entry: string;
}

export interface PackedFrontend {
  readonly files: readonly ReleaseFile[];
  /** Files of which something was bundled, relative to the agent's folder. */
  readonly used: ReadonlySet<string>;
}

const MAX_PAGE_BYTES = 512 * 1024;
const MAX_FILE_BYTES = 16 * 1024 * 1024;
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_FILES = 2_000;

/** What a browser does not run as it is. */
const TYPED = /\.(?:[cm]?ts|tsx|jsx)$/i;
const BUILD_INPUTS: ReadonlySet<string> = new Set(["package.json", "package-lock.json", "tsconfig.json", ".gitignore"]);

/**
 * The agent's web app as files of its release. A page with a script in TypeScript or JSX is bundled; any other folder,
 * such as what another bundler has made, is taken as it is.
 * @throws CONFIG_INVALID, BUILD_FAILED with file and line
 */
export async function packFrontend(request: FrontendRequest): Promise<PackedFrontend> {
  const { folder, log } = request;
  const source = request.files.filter(({ path }) => path.startsWith(`${folder}/`));
  const page = await readIndex(request, source);
  const references = readPage(page, `${folder}/index.html`).filter((reference) => isOwn(reference, folder));
  const isBundled = references.some((each) => each.kind === "module" && TYPED.test(each.address));
  const bundled = isBundled ? await bundleReferences(request, source, references) : undefined;
  const files = await copied(source, { folder, bundled });
  if (bundled !== undefined) {
    files.push({
      path: "index.html",
      bytes: new TextEncoder().encode(rewritten(page, references, { folder, bundled })),
    });
    files.push(...bundled.files);
  }
  assertSizes(folder, files);
  log(`app of ${files.length} files${isBundled ? "" : ", as they are"}`);
  return {
    files: files.map(({ path, bytes }) => ({ path: `${APP_FOLDER}/${path}`, bytes })),
    used: bundled?.used ?? new Set(),
  };
}

async function readIndex({ folder, entry }: FrontendRequest, source: readonly SourceEntry[]): Promise<string> {
  if (entry.startsWith(`${folder}/`)) {
    throw invalid(`${entry} is the agent itself, and all of the frontend's folder is for everybody to read`);
  }
  const index = source.find(({ path }) => path === `${folder}/index.html`);
  if (index === undefined) throw invalid(`there is no ${folder}/index.html`);
  if (index.size > MAX_PAGE_BYTES) throw buildProblem(index.path, undefined, "is larger than 512 KiB");
  const clash = source.find(({ path }) => path.startsWith(`${folder}/${MADE_FOLDER}/`));
  if (clash !== undefined) throw buildProblem(clash.path, undefined, `${MADE_FOLDER}/ is the build's own`);
  return await readFile(index.file, "utf8");
}

/** @throws BUILD_FAILED for what the app's policy would refuse, or what is not below /app. */
function isOwn({ address, line }: PageReference, folder: string): boolean {
  const page = `${folder}/index.html`;
  if (/^(?:[a-z][a-z0-9+.-]*:|\/\/)/i.test(address)) {
    throw buildProblem(page, line, `"${address.slice(0, 100)}" is refused by the app's policy`, FROM_HERE);
  }
  if (address.startsWith("/") && !address.startsWith("/app/")) {
    throw buildProblem(page, line, `"${address.slice(0, 100)}" is not below /app/`, BASE);
  }
  return true;
}

const FROM_HERE = "The app loads nothing from elsewhere: put the file into the folder.";
const BASE = 'Name it relative to index.html. With Vite: base: "/app/".';

async function bundleReferences(
  request: FrontendRequest,
  source: readonly SourceEntry[],
  references: readonly PageReference[],
): Promise<FrontendBundle> {
  const { folder, app, plan, roots, log, signal } = request;
  const known = new Set(source.map(({ path }) => path));
  const entries = new Set<string>();
  for (const reference of references.filter(({ kind }) => kind !== "script")) {
    const path = pathOf(reference, folder);
    if (path === undefined || !known.has(path)) {
      throw buildProblem(
        `${folder}/index.html`,
        reference.line,
        `there is no file "${reference.address.slice(0, 100)}"`,
      );
    }
    entries.add(path);
  }
  const waiting = signal === undefined ? {} : { signal };
  return await bundleFrontend({ app, folder, entries: [...entries], plan, roots, log, ...waiting });
}

/** In the agent's folder; undefined when it would lie outside the frontend's. */
function pathOf({ address }: PageReference, folder: string): string | undefined {
  const path = address.replace(/[?#].*$/, "").replace(/^\/app\//, "");
  const joined = posix.join(folder, path);
  return joined.startsWith(`${folder}/`) ? joined : undefined;
}

/** Everything that is no input of the bundle, and that a browser may read. */
async function copied(
  source: readonly SourceEntry[],
  { folder, bundled }: { readonly folder: string; readonly bundled: FrontendBundle | undefined },
): Promise<ReleaseFile[]> {
  const files: ReleaseFile[] = [];
  let bytes = 0;
  for (const { path, file, size } of source) {
    const within = path.slice(folder.length + 1);
    const isInput = bundled?.inputs.has(path) === true || (bundled !== undefined && within === "index.html");
    if (isInput || TYPED.test(within) || BUILD_INPUTS.has(posix.basename(within))) continue;
    bytes += size;
    // Before it is read, not after.
    if (size > MAX_FILE_BYTES || bytes > MAX_BYTES || files.length >= MAX_FILES) throw tooLarge(folder, path);
    files.push({ path: within, bytes: await readFile(file) });
  }
  return files;
}

function assertSizes(folder: string, files: readonly ReleaseFile[]): void {
  const bytes = files.reduce((sum, file) => sum + file.bytes.length, 0);
  const largest = files.find((file) => file.bytes.length > MAX_FILE_BYTES);
  if (bytes > MAX_BYTES || files.length > MAX_FILES || largest !== undefined) {
    throw tooLarge(folder, largest === undefined ? folder : `${folder}/${largest.path}`);
  }
}

function tooLarge(folder: string, path: string): PlatformError {
  return buildProblem(path, undefined, `${folder} is more than an app may be`, LIMITS);
}

const LIMITS = "An app has at most 2000 files of 16 MiB each and 64 MiB in all; larger things belong into artifacts.";

/** The page with the names of what was made; styles that a script imports come before it. */
function rewritten(
  page: string,
  references: readonly PageReference[],
  { folder, bundled }: { readonly folder: string; readonly bundled: FrontendBundle },
): string {
  let text = "";
  let at = 0;
  for (const reference of references) {
    const made = bundled.made.get(pathOf(reference, folder) ?? "");
    if (made === undefined) continue;
    const styles = made.styles === undefined ? "" : `<link rel="stylesheet" href="/app/${made.styles}" />`;
    text += page.slice(at, reference.tagStart) + styles + page.slice(reference.tagStart, reference.start);
    text += `/app/${made.path}`;
    at = reference.end;
  }
  return text + page.slice(at);
}

function invalid(problem: string): PlatformError {
  return new PlatformError("CONFIG_INVALID", `berth.json: frontend: ${problem}.`, {
    hint: "The folder holds an index.html and nothing but the app.",
  });
}
