import { createHmac, timingSafeEqual } from "node:crypto";
import { PlatformError } from "@berth/protocol";
import { uploadUnknown } from "./image-errors.ts";
import type { ImageLimits } from "./image-limits.ts";
import type { RepositoryAddress } from "./image-shelf.ts";

/**
 * Uploads that are under way. What callers know one by carries whose it is, so that it goes on after a restart and is of
 * no use in another repository; how many there are is counted in memory alone, since bytes left by an earlier process are
 * dropped by their age.
 */
export class OpenUploads {
  readonly #key: Uint8Array;
  readonly #limits: ImageLimits;
  readonly #now: () => Date;
  readonly #touched = new Map<string, Map<string, number>>();

  constructor({
    key,
    limits,
    now,
  }: {
    readonly key: Uint8Array;
    readonly limits: ImageLimits;
    readonly now: () => Date;
  }) {
    this.#key = key;
    this.#limits = limits;
    this.#now = now;
  }

  /** @throws QUOTA_EXCEEDED while too many are open */
  assertRoom(orgId: string): void {
    const oldest = this.#now().getTime() - this.#limits.uploadMs;
    const open = this.#touched.get(orgId) ?? new Map<string, number>();
    for (const [id, at] of open) if (at < oldest) open.delete(id);
    if (open.size < this.#limits.openUploads) return;
    throw new PlatformError("RATE_LIMITED", `The organization has ${open.size} uploads open, which is the most.`, {
      hint: "Finish or cancel some; what nobody touches for a day is dropped.",
    });
  }

  /** As callers know it from now on. */
  add(address: RepositoryAddress, id: string): string {
    this.touch(address, id);
    return `${id}-${this.#sealOf(address, id)}`;
  }

  touch({ orgId }: RepositoryAddress, id: string): void {
    const open = this.#touched.get(orgId) ?? new Map<string, number>();
    open.set(id, this.#now().getTime());
    this.#touched.set(orgId, open);
  }

  remove({ orgId }: RepositoryAddress, id: string): void {
    const open = this.#touched.get(orgId);
    open?.delete(id);
    if (open?.size === 0) this.#touched.delete(orgId);
  }

  /** The store's own id. @throws IMAGE_NOT_FOUND for one of another repository, or of nobody */
  idOf(address: RepositoryAddress, name: string): string {
    const [, id = "", seal = ""] = /^([0-9a-f]{32})-([0-9a-f]{32})$/.exec(name) ?? [];
    const expected = Buffer.from(this.#sealOf(address, id));
    const given = Buffer.from(seal);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw uploadUnknown();
    return id;
  }

  #sealOf({ orgId, repository }: RepositoryAddress, id: string): string {
    const text = JSON.stringify(["image-upload", orgId, repository, id]);
    return createHmac("sha256", this.#key).update(text).digest("hex").slice(0, 32);
  }
}
