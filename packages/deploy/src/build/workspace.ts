import { copyFile, mkdir, mkdtemp, realpath, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { SourceEntry } from "../source/list-source-files.ts";

/**
 * A folder of one build alone, removed when it is disposed:
 *
 *     app/                                the agent's source, as it was packed
 *     app/.berth/platform/node_modules    link to the platform's packages
 *     app/node_modules                    link to npm/node_modules, when npm ran
 *     npm/  home/                         what npm works in
 *
 * esbuild keeps links as they are, so every path in its output is relative to app/ and none tells where the platform
 * is installed: the same source gives the same bytes on every machine. `.berth` is never packed, so nothing collides.
 */
export interface Workspace extends AsyncDisposable {
  readonly app: string;
  readonly npm: string;
  readonly home: string;
  linkInstalled(): Promise<void>;
}

/** Where imports of platform packages are resolved from, relative to app/. */
export const PLATFORM_FOLDER = ".berth/platform";

export async function openWorkspace(files: readonly SourceEntry[], modulesFolder: string): Promise<Workspace> {
  // The real path, as files are checked against it by their real paths.
  const root = await realpath(await mkdtemp(join(tmpdir(), "berth-build-")));
  const app = join(root, "app");
  const npm = join(root, "npm");
  const dispose = (): Promise<void> => rm(root, { recursive: true, force: true });
  try {
    await mkdir(join(app, PLATFORM_FOLDER), { recursive: true });
    await symlink(modulesFolder, join(app, PLATFORM_FOLDER, "node_modules"));
    for (const { path, file } of files) {
      await mkdir(dirname(join(app, path)), { recursive: true });
      await copyFile(file, join(app, path));
    }
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    app,
    npm,
    home: join(root, "home"),
    linkInstalled: () => symlink(join(npm, "node_modules"), join(app, "node_modules")),
    [Symbol.asyncDispose]: dispose,
  };
}
