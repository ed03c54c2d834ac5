import { createHash } from "node:crypto";
import { openHouse } from "../gateway.fixture.ts";
import type { Answer, CallOptions, House, HouseOptions } from "../gateway.fixture.ts";

export const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
export const INDEX = "application/vnd.oci.image.index.v1+json";
export const CONFIG = "application/vnd.oci.image.config.v1+json";
export const LAYER = "application/vnd.oci.image.layer.v1.tar";

export interface Pushed {
  readonly digest: string;
  readonly bytes: Buffer;
  readonly layer: Buffer;
  readonly layerDigest: string;
  readonly config: string;
}

/** A house with a registry, and what clients of one do. */
export interface RegistryHouse extends AsyncDisposable {
  readonly house: House;
  readonly pusher: string;
  readonly admin: string;
  /** As whoever may push, unless a token is given. */
  call(method: string, path: string, options?: Omit<CallOptions, "method">): Promise<Answer>;
  putBlob(repository: string, bytes: Buffer): Promise<string>;
  /** An image of one layer; `more` goes into the manifest. */
  push(
    repository: string,
    text: string,
    options?: { readonly reference?: string; readonly more?: object },
  ): Promise<Pushed>;
}

export async function openRegistryHouse(options: HouseOptions = {}): Promise<RegistryHouse> {
  const house = await openHouse(options);
  const pusher = await house.key("deploy");
  const call: RegistryHouse["call"] = async (method, path, init = {}) =>
    await house.call(path, { token: pusher, ...init, method, headers: { ...OCTETS, ...init.headers } });
  const putBlob: RegistryHouse["putBlob"] = async (repository, bytes) => {
    const digest = digestOf(bytes);
    const answer = await call("POST", `/v2/${repository}/blobs/uploads/?digest=${digest}`, { body: bytes });
    if (answer.status !== 201) throw new Error(`${answer.status} ${answer.text}`);
    return digest;
  };
  return {
    house,
    pusher,
    admin: house.admin,
    call,
    putBlob,
    async push(repository, text, { reference, more = {} } = {}) {
      const layer = Buffer.from(`layer of ${text}`);
      const configBytes = Buffer.from(JSON.stringify({ os: "linux", architecture: "amd64", text }));
      const [layerDigest, config] = [await putBlob(repository, layer), await putBlob(repository, configBytes)];
      const bytes = Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: MANIFEST,
          config: { mediaType: CONFIG, digest: config, size: configBytes.length },
          layers: [{ mediaType: LAYER, digest: layerDigest, size: layer.length }],
          ...more,
        }),
      );
      const digest = digestOf(bytes);
      const path = `/v2/${repository}/manifests/${reference ?? digest}`;
      const answer = await call("PUT", path, { body: bytes, headers: { "content-type": MANIFEST } });
      if (answer.status !== 201) throw new Error(`${answer.status} ${answer.text}`);
      return { digest, bytes, layer, layerDigest, config };
    },
    [Symbol.asyncDispose]: async () => await house[Symbol.asyncDispose](),
  };
}

const OCTETS = { "content-type": "application/octet-stream" };

export function digestOf(bytes: Buffer): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** Of the answer's first error. */
export function codeOf({ json }: Answer): string {
  return json?.errors?.[0]?.code;
}
