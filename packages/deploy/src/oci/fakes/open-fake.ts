import { MediaType } from "../descriptors.ts";
import type { Descriptor } from "../descriptors.ts";
import { openRegistry } from "../registry/open-registry.ts";
import type { RegistryOptions } from "../registry/registry-connection.ts";
import type { RegistryRepository } from "../registry/registry-repository.ts";
import { writeImage } from "../write-image.ts";
import { FakeRegistry } from "./fake-registry.ts";
import type { FakeRegistryOptions } from "./fake-registry.ts";
import { MemoryPlace } from "./memory-place.ts";

/** A client of a fake registry, with a repository of it. Nothing waits. */
export function openFake(
  options: FakeRegistryOptions = {},
  more: Partial<RegistryOptions> = {},
): { registry: FakeRegistry; repository: RegistryRepository } {
  const registry = new FakeRegistry(options);
  const opened = openRegistry({ http: registry, host: "registry.test", sleep: async () => undefined, ...more });
  return { registry, repository: opened.repository("team/echo") };
}

export function noise(size: number): Uint8Array {
  return Buffer.alloc(size, "0123456789abcdefghijklmnopqrstuvwxyz!");
}

export async function fakeImage(
  place: MemoryPlace = new MemoryPlace(),
  layer: Uint8Array = noise(5_000),
): Promise<{ place: MemoryPlace; digest: string }> {
  const descriptor: Descriptor = { mediaType: MediaType.Layer, ...(await place.put(layer)) };
  const rootfs = { type: "layers", diff_ids: [descriptor.digest] } as const;
  const { digest } = await writeImage(place, { os: "linux", architecture: "amd64", rootfs }, [descriptor]);
  return { place, digest };
}
