import { mkdir, rename, rm, stat } from "node:fs/promises";
import type { Store } from "@berth/store";
import { releaseFolder } from "./release-spec.ts";

/**
 * The folders of releases, which all releases of the same content share. What is put there by a deployment that fails is
 * taken away again, unless a release consists of it or another deployment counts on it.
 */
export class ReleaseFolders {
  readonly #folder: string;
  readonly #store: Pick<Store, "agents">;
  /** By digest: the deployments under way that have built it. */
  readonly #users = new Map<string, Set<string>>();
  /** Placing and taking away of one content do not overlap. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(folder: string, store: Pick<Store, "agents">) {
    this.#folder = folder;
    this.#store = store;
  }

  pathOf(digest: string): string {
    return releaseFolder(this.#folder, digest);
  }

  async has(digest: string): Promise<boolean> {
    return await exists(this.pathOf(digest));
  }

  /** From now on this deployment counts on it. */
  count(digest: string, deploymentId: string): void {
    this.#users.set(digest, (this.#users.get(digest) ?? new Set()).add(deploymentId));
  }

  /** Moves the built folder there, if the same content does not lie there already. */
  async place(digest: string, built: string): Promise<void> {
    await this.#alone(async () => {
      await mkdir(this.#folder, { recursive: true, mode: 0o711 });
      if (await this.has(digest)) return;
      await rename(built, this.pathOf(digest));
    });
  }

  /** It is a release's now. */
  forget(digest: string | undefined, deploymentId: string): void {
    const users = digest === undefined ? undefined : this.#users.get(digest);
    users?.delete(deploymentId);
    if (digest !== undefined && users?.size === 0) this.#users.delete(digest);
  }

  /** The deployment does not count on it any more. With `built`, what nobody needs goes back there instead of away. */
  async leave(digest: string, deploymentId: string, built?: string): Promise<void> {
    await this.#alone(async () => {
      const users = this.#users.get(digest);
      users?.delete(deploymentId);
      if (users !== undefined && users.size > 0) return;
      this.#users.delete(digest);
      if (!(await this.has(digest)) || (await this.#store.agents.hasDigest(digest))) return;
      if (built !== undefined && !(await exists(built))) {
        await mkdir(parentOf(built), { recursive: true });
        await rename(this.pathOf(digest), built);
        return;
      }
      await rm(this.pathOf(digest), { recursive: true, force: true });
    });
  }

  async #alone(act: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(act);
    this.#turn = turn.catch(() => undefined);
    await turn;
  }
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
