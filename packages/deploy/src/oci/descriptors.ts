/** OCI image specification 1.1: descriptors, manifests and configs, as they stand in JSON. */

export const MediaType = {
  Index: "application/vnd.oci.image.index.v1+json",
  Manifest: "application/vnd.oci.image.manifest.v1+json",
  Config: "application/vnd.oci.image.config.v1+json",
  Layer: "application/vnd.oci.image.layer.v1.tar",
  LayerGzip: "application/vnd.oci.image.layer.v1.tar+gzip",
  LayerZstd: "application/vnd.oci.image.layer.v1.tar+zstd",
  DockerIndex: "application/vnd.docker.distribution.manifest.list.v2+json",
  DockerManifest: "application/vnd.docker.distribution.manifest.v2+json",
  DockerConfig: "application/vnd.docker.container.image.v1+json",
  DockerLayer: "application/vnd.docker.image.rootfs.diff.tar.gzip",
  Empty: "application/vnd.oci.empty.v1+json",
  WasmConfig: "application/vnd.wasm.config.v0+json",
  Wasm: "application/wasm",
} as const;

export interface Descriptor {
  readonly mediaType: string;
  /** `sha256:<64 hex>`. */
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  readonly annotations?: { readonly [key: string]: string };
  readonly artifactType?: string;
  readonly platform?: Platform;
}

export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

export interface ImageManifest {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  /** Of what it is a referrer. */
  readonly subject?: Descriptor;
  readonly annotations?: { readonly [key: string]: string };
}

export interface ImageIndex {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly manifests: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: { readonly [key: string]: string };
}

/** The parts of an image's config that running it needs. */
export interface ImageConfig {
  readonly os: string;
  readonly architecture: string;
  readonly config?: {
    readonly User?: string;
    readonly Env?: readonly string[];
    readonly Entrypoint?: readonly string[];
    readonly Cmd?: readonly string[];
    readonly WorkingDir?: string;
    readonly ExposedPorts?: { readonly [port: string]: object };
    readonly Labels?: { readonly [name: string]: string };
  };
  readonly rootfs: { readonly type: "layers"; readonly diff_ids: readonly string[] };
}
