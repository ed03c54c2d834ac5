import { createHash } from "node:crypto";
import { lstat, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { homeKey, rootfsFolder } from "../driver/base-folder.ts";
import { programEtc } from "../process/program-etc.ts";
import type { ProgramSpec } from "../sandbox-driver.ts";
import { list } from "./engine-answers.ts";
import type { EngineClient } from "./engine-client.ts";
import { ensureImage } from "./engine-images.ts";
import { removeImage } from "./remove-image.ts";
import { rootFiles } from "./root-files.ts";

const PREFIX = "berth-root-";

/** The engine's images of programs' roots, each made when the first container needs it. */
export class ProgramImages {
  readonly #engine: EngineClient;
  readonly #home: string;
  readonly #making = new Map<string, Promise<string>>();

  constructor(engine: EngineClient, home: string) {
    this.#engine = engine;
    this.#home = home;
  }

  /** Looked up every time: whoever cleans up an engine's images may have taken it. */
  async digest({ rootfs, mountsApp }: Pick<ProgramSpec, "rootfs" | "mountsApp">): Promise<string> {
    const repository = await repositoryOf(this.#home, rootfs, mountsApp);
    const making = this.#making.get(repository) ?? this.#make(repository, rootfs, mountsApp);
    this.#making.set(repository, making);
    return await making;
  }

  async #make(repository: string, rootfs: string, mountsApp: boolean): Promise<string> {
    try {
      const etcFolder = await programEtc(this.#home, rootfs);
      return await ensureImage(this.#engine, repository, () => rootFiles(rootfs, etcFolder, mountsApp));
    } finally {
      this.#making.delete(repository);
    }
  }
}

/** Removes those whose root this platform does not have any more. */
export async function sweepProgramImages(home: string, engine: EngineClient): Promise<void> {
  const roots = dirname(rootfsFolder(home, "any"));
  const known = new Set<string>();
  for (const name of await readdir(roots).catch(() => []))
    for (const mountsApp of [true, false]) known.add(await repositoryOf(home, join(roots, name), mountsApp));
  const filters = JSON.stringify({ reference: [`${PREFIX}${homeKey(home)}-*`] });
  for (const image of list(await engine.call("GET", `/images/json?${new URLSearchParams({ filters })}`))) {
    for (const name of list(image, "RepoTags").map(String))
      if (!known.has(name.slice(name.lastIndexOf("/") + 1, name.lastIndexOf(":")))) await removeImage(engine, name);
  }
}

async function repositoryOf(home: string, rootfs: string, mountsApp: boolean): Promise<string> {
  const { mtimeMs } = await lstat(rootfs);
  const key = createHash("sha256")
    .update(JSON.stringify([rootfs, mtimeMs, mountsApp]))
    .digest("hex")
    .slice(0, 24);
  return `${PREFIX}${homeKey(home)}-${key}`;
}
