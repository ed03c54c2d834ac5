import { hash } from "node:crypto";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { OutboundHttp } from "@berth/runtime";
import type { Store } from "@berth/store";
import type { Auth } from "../auth/auth.ts";
import type { Images } from "../images/images.ts";
import type { ImageTransfers } from "../images/image-transfers.ts";
import { openImages } from "../images/open-images.ts";
import type { OpenImagesOptions } from "../images/open-images.ts";
import type { ImageLimits } from "../images/image-limits.ts";
import type { ImageRepositories } from "../images/repositories.ts";
import type { ReceiptKeys } from "../receipts/receipt-keys.ts";
import type { GitRepositories } from "../sources/git-repositories.ts";
import { openSources } from "../sources/open-sources.ts";
import type { OpenSourcesOptions } from "../sources/open-sources.ts";
import type { Sources } from "../sources/sources.ts";
import { createTargets } from "../targets/create-targets.ts";
import type { OpenTargetOptions } from "../targets/open-target.ts";
import type { Targets } from "../targets/targets.ts";
import { buildPortsFor } from "./build-ports.ts";
import { createDeploys } from "./create-deploys.ts";
import type { DeploysOptions } from "./create-deploys.ts";
import type { RunningDeploys } from "./deploys.ts";

export interface OpenDeploysOptions
  extends
    Omit<DeploysOptions, "sources" | "images" | "targets" | "log">,
    Omit<OpenSourcesOptions, "deploys" | "store">,
    Pick<OpenImagesOptions, "layers" | "secrets" | "baseCacheFolder">,
    Pick<OpenTargetOptions, "google" | "googleEndpoint" | "cluster"> {
  readonly store: Store;
  readonly outbound: Pick<OutboundHttp, "tunnel" | "isExempt" | "exchange" | "secured">;
  /** Default: `outbound`. */
  readonly targetOutbound?: OpenTargetOptions["outbound"];
  /** Sign the provenance of images. */
  readonly receiptKeys: ReceiptKeys;
  readonly pepper: Uint8Array;
  readonly imageLimits?: Partial<ImageLimits>;
  /** Default: beside the releases. */
  readonly buildCacheFolder?: string;
  /** Default: `rootfs` beside the releases. */
  readonly rootfsFolder?: (digest: string) => string;
  /** Default: a platform that is reached from nowhere else. */
  readonly publicUrl?: () => string;
  readonly version?: string;
  readonly auth: Pick<Auth, "principalOf">;
  readonly log?: (line: string) => void;
}

/** Must be closed. */
export interface OpenedDeploys {
  readonly deploys: RunningDeploys;
  readonly targets: Targets;
  readonly images: ImageRepositories;
  /** Without looking at rights. */
  readonly places: Pick<Images, "place">;
  readonly imageTransfers: ImageTransfers;
  readonly gitRepositories: GitRepositories;
  readonly sources: Sources;
  close(): Promise<void>;
}

/** `rootfs` beside the releases: where unpacked images are, unless it is said. */
export function rootfsBeside(releasesFolder: string): (digest: string) => string {
  return (digest) => join(dirname(releasesFolder), "rootfs", digest.replace(/^sha256:/, ""));
}

/** Everything between a source and a release that runs somewhere: it is fetched, built, kept as an image, and placed. */
export function openDeploys(options: OpenDeploysOptions): OpenedDeploys {
  const { store, releasesFolder } = options;
  const opened = openImages({
    ...options,
    limits: options.imageLimits ?? {},
    key: hash("sha256", Buffer.concat([Buffer.from("image-uploads"), options.pepper]), "buffer"),
    keys: options.receiptKeys,
    rootfsFolder: options.rootfsFolder ?? rootfsBeside(releasesFolder),
    nodePath: process.execPath,
    publicUrl: options.publicUrl ?? (() => "http://localhost"),
    version: options.version ?? "0.0.0",
  });
  const targets = createTargets({
    ...options,
    outbound: options.targetOutbound ?? options.outbound,
    images: opened.images,
    sleep: async (ms, signal) => await pause(ms, undefined, { signal, ref: false }),
  });
  const buildCacheFolder = options.buildCacheFolder ?? join(dirname(releasesFolder), "build-cache");
  const sources = openSources({ ...options, store, deploys: () => deploys });
  const deploys: RunningDeploys = createDeploys({
    ...options,
    buildPorts: (context) =>
      buildPortsFor({ buildCacheFolder, images: opened.images, secrets: options.secrets }, context),
    sources: sources.fetcher,
    images: opened.images,
    targets,
  });
  return {
    deploys,
    targets,
    images: opened.repositories,
    places: opened.images,
    imageTransfers: opened.transfers,
    gitRepositories: sources.gitRepositories,
    sources: sources.connections(options.auth),
    async close() {
      await deploys.close();
      await opened.close();
    },
  };
}
