import { createHash, randomBytes } from "node:crypto";
import { DEFAULT_ORG_ID, PlatformError } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import { createInMemoryStore, InMemoryLayerStore } from "@berth/store/memory";
import { temporaryFolder } from "@berth/testing";
import { loadReceiptKeys } from "../receipts/index.ts";
import { openImages } from "./open-images.ts";
import type { OpenImagesOptions, RunningImages } from "./open-images.ts";

export const ORG: string = DEFAULT_ORG_ID;
export const MANIFEST = "application/vnd.oci.image.manifest.v1+json";

/** Images on an in-memory store. Time stands where `now` is set. */
export interface ImageHouse extends RunningImages, AsyncDisposable {
  readonly store: ReturnType<typeof createInMemoryStore>;
  readonly layers: InMemoryLayerStore;
  readonly folder: string;
  readonly clock: { now: Date };
  readonly keys: OpenImagesOptions["keys"];
}

export async function openImageHouse(options: Partial<OpenImagesOptions> = {}): Promise<ImageHouse> {
  const folder = temporaryFolder("berth-images");
  const clock = { now: new Date("2026-11-29T10:00:00Z") };
  const now = (): Date => clock.now;
  const store = createInMemoryStore({ now });
  const layers = new InMemoryLayerStore(now);
  const { controlPlane } = await loadReceiptKeys(`${folder.path}/keys`);
  const images = openImages({
    store,
    layers,
    limits: {},
    key: randomBytes(32),
    keys: { controlPlane },
    rootfsFolder: (digest) => `${folder.path}/rootfs/${digest.replace("sha256:", "")}`,
    nodePath: "/bin/true",
    publicUrl: () => "http://platform.test",
    version: "1.2.3",
    now,
    secrets: { value: async () => undefined },
    outbound: {
      exchange: async () => {
        throw new PlatformError("INTERNAL", "nothing is reachable from here");
      },
      isExempt: () => false,
    },
    ...options,
  });
  return {
    ...images,
    store,
    layers,
    folder: folder.path,
    clock,
    keys: { controlPlane },
    [Symbol.asyncDispose]: async () => {
      await images.close();
      await store.close();
      folder[Symbol.dispose]();
    },
  };
}

export function principalWith(...scopes: Principal["scopes"]): Principal {
  return { kind: "api_key", id: "key_1", orgId: ORG, scopes };
}

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

export async function* once(text: string | Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield Buffer.from(text);
}

export async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of bytes) pieces.push(piece);
  return Buffer.concat(pieces).toString("utf8");
}
