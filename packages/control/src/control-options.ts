import type { IdGenerator } from "@berth/protocol";
import type { HostFolder, OutboundHttp, Runtime } from "@berth/runtime";
import type { BlobStore, LayerStore, Store } from "@berth/store";
import type { AnchorPlaces } from "./anchors/open-sinks.ts";
import type { SigningKeys } from "./cards/signing-keys.ts";
import type { ReceiptBuilder, ReceiptKeys } from "./receipts/index.ts";
import type { GrantKeys } from "./grants/grant-keys.ts";
import type { DefaultRates } from "./limits/default-rates.ts";
import type { EmbeddingsEndpoint } from "./memory/embedders/remote-embedder.ts";
import type { ImageLimits } from "./images/image-limits.ts";
import type { KeyEncryption } from "./secrets/key-encryption.ts";
import type { OpenTargetOptions } from "./targets/open-target.ts";
import type { TelemetryRetention } from "./telemetry/create-telemetry.ts";
import type { WorkspaceLimits } from "./workspaces/workspace-limits.ts";

export interface ControlOptions {
  readonly store: Store;
  readonly storeKind: string;
  /** The bytes of workspace files. */
  readonly blobs: BlobStore;
  /** The bytes of images. */
  readonly layers: LayerStore;
  /** Default: DEFAULT_IMAGE_LIMITS. */
  readonly imageLimits?: Partial<ImageLimits>;
  /** Shared with other homes of this user: what images stand on, compressed. Default: each home makes its own. */
  readonly baseCacheFolder?: string;
  /** Where the files of an image are unpacked; default: `rootfs` beside the releases. */
  readonly rootfsFolder?: (digest: string) => string;
  /** Of the platform, for the provenance of what it builds. */
  readonly version?: string;
  /** Default: DEFAULT_WORKSPACE_LIMITS. */
  readonly workspaceLimits?: Partial<WorkspaceLimits>;
  /** Local development: this folder of the machine is the workspace of the default organization. */
  readonly workspaceFolder?: HostFolder;
  /** `off`: only organizations' and agents' own limits hold. Default: `defaultRates()`. */
  readonly rates?: DefaultRates | "off";
  readonly runtime: Runtime;
  /** For addresses that strangers have given us. */
  readonly outbound: Omit<OutboundHttp, "dispatcher" | "close">;
  /** For targets, which may be where nothing else may go; default: `outbound`. */
  readonly targetOutbound?: OpenTargetOptions["outbound"];
  /** A private endpoint instead of Google's own hosts. */
  readonly googleEndpoint?: string;
  /** The cluster that the platform itself runs in. */
  readonly cluster?: NonNullable<OpenTargetOptions["cluster"]>;
  readonly receiptKeys: ReceiptKeys;
  /** Default: receipts are built on this thread. */
  readonly receiptBuilder?: ReceiptBuilder;
  readonly signingKeys: SigningKeys;
  readonly grantKeys: GrantKeys;
  /** The log's name in its checkpoints, such as `localhost:4100/ledger/1`. */
  readonly ledgerOrigin: string;
  /** Where checkpoints are anchored besides; default: nowhere. */
  readonly anchors?: AnchorPlaces;
  /** Where texts of memories get their vectors; default: here, by their words. */
  readonly embeddings?: EmbeddingsEndpoint;
  /** How long telemetry is kept; default: DEFAULT_TELEMETRY_RETENTION. */
  readonly telemetry?: Partial<TelemetryRetention>;
  /** The trust domain of agents' SPIFFE ids; default localhost. */
  readonly domain?: string;
  /** Where the platform is reached, without a trailing slash: the issuer of its tokens. Known at the first call. */
  readonly publicUrl?: () => string;
  /** Resolves when that is known: deployments that a killed platform left go on then. Default: it is known. */
  readonly serving?: Promise<void>;
  readonly pepper: Uint8Array;
  /** 32 bytes, kept outside the database: seals what must be readable again. */
  readonly secretsKey: Uint8Array;
  /** Keys it has replaced: what was sealed under them can still be read. */
  readonly earlierSecretsKeys?: readonly Uint8Array[];
  /** Wraps the data keys of secrets; default: `secretsKey` does. */
  readonly keyEncryption?: KeyEncryption;
  readonly releasesFolder: string;
  readonly workFolder: string;
  /** Repositories that people push to; default: `git` beside the releases. */
  readonly gitFolder?: string;
  /** What was pushed cannot be pushed away. Default: false. */
  readonly denyForcePush?: boolean;
  readonly npmCacheFolder: string;
  readonly buildEnvironment: Readonly<Record<string, string | undefined>>;
  readonly ids: IdGenerator;
  readonly now: () => Date;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly log?: (line: string) => void;
}
