import { dirname, join } from "node:path";
import type { IdGenerator } from "@berth/protocol";
import type { OutboundHttp, SecretSource } from "@berth/runtime";
import type { BlobStore, Store } from "@berth/store";
import type { Auth } from "../auth/auth.ts";
import type { Deploys } from "../deploys/deploys.ts";
import type { SecretSealer } from "../webhooks/seal-secret.ts";
import { createGitRepositories } from "./create-git-repositories.ts";
import { createSourceFetcher } from "./create-source-fetcher.ts";
import { createSources } from "./create-sources.ts";
import type { GitRepositories } from "./git-repositories.ts";
import type { SourceFetcher } from "./source-fetcher.ts";
import type { Sources } from "./sources.ts";

export interface OpenSourcesOptions {
  readonly store: Pick<Store, "sources" | "audit">;
  readonly blobs: BlobStore;
  readonly outbound: Pick<OutboundHttp, "tunnel" | "isExempt">;
  readonly secrets: SecretSource;
  readonly sealer: SecretSealer;
  /** Known once everything is put together. */
  readonly deploys: () => Pick<Deploys, "start" | "follow">;
  readonly releasesFolder: string;
  /** Default: `git` beside the releases. */
  readonly gitFolder?: string;
  readonly denyForcePush?: boolean;
  readonly buildEnvironment: Readonly<Record<string, string | undefined>>;
  readonly ids: IdGenerator;
  readonly now: () => Date;
  readonly randomBytes: (length: number) => Uint8Array;
}

export interface OpenedSources {
  readonly fetcher: SourceFetcher;
  readonly gitRepositories: GitRepositories;
  /** Deliveries are dealt with as those who connected the source. */
  connections(auth: Pick<Auth, "principalOf">): Sources;
}

/** Everything that brings code in: deployments fetch it, people push it, forges tell of it. */
export function openSources(options: OpenSourcesOptions): OpenedSources {
  const programs = options.buildEnvironment["PATH"] ?? "";
  const gitRepositories = createGitRepositories({
    ...options,
    folder: options.gitFolder ?? join(dirname(options.releasesFolder), "git"),
    programs,
    denyNonFastForwards: options.denyForcePush ?? false,
  });
  return {
    fetcher: createSourceFetcher({ ...options, repositories: gitRepositories, programs }),
    gitRepositories,
    connections: (auth) =>
      createSources({
        ...options,
        auth,
        deploys: { start: async (...args) => await options.deploys().start(...args) },
      }),
  };
}
