import { nodeBase, pythonBase, staticBase } from "@berth/deploy";
import type { ImagePlace, MachineBase } from "@berth/deploy";

type Kind = "node" | "python" | "static";

/** No organization's: ids of those have a prefix. */
export const MACHINE_ORG = "machine";

/** Images of this machine's own files. They are looked at once per process: the machine does not change under it. */
export class MachineImages {
  readonly #placeOf: (repository: string) => ImagePlace;
  readonly #nodePath: string;
  readonly #cache: { readonly cacheFolder?: string };
  readonly #known = new Map<Kind, Promise<MachineBase>>();

  constructor({
    placeOf,
    nodePath,
    cacheFolder,
  }: {
    readonly placeOf: (repository: string) => ImagePlace;
    readonly nodePath: string;
    /** Shared with other homes of this user; absent: each makes its own. */
    readonly cacheFolder?: string | undefined;
  }) {
    this.#placeOf = placeOf;
    this.#nodePath = nodePath;
    this.#cache = cacheFolder === undefined ? {} : { cacheFolder };
  }

  /** Whoever asks meanwhile waits for the same; a failure is not remembered. */
  async base(kind: Kind): Promise<{ readonly place: ImagePlace; readonly digest: string; readonly name: string }> {
    const place = this.#placeOf(kind);
    const running = this.#known.get(kind) ?? this.#make(kind, place);
    this.#known.set(kind, running);
    try {
      const { digest, name } = await running;
      return { place, digest, name };
    } catch (error) {
      this.#known.delete(kind);
      throw error;
    }
  }

  async #make(kind: Kind, place: ImagePlace): Promise<MachineBase> {
    if (kind === "node") return await nodeBase(place, { nodePath: this.#nodePath, ...this.#cache });
    return kind === "python" ? await pythonBase(place, this.#cache) : await staticBase(place, this.#cache);
  }
}
