import { rm } from "node:fs/promises";
import { join } from "node:path";
import { buildRelease } from "@berth/deploy";
import type { BuildOptions, BuildPorts, BuiltRelease } from "@berth/deploy";
import { PlatformError, invalidParams } from "@berth/protocol";
import type { IdGenerator, Principal } from "@berth/protocol";
import type { ReleaseSpec, Runtime, Scrubber } from "@berth/runtime";
import { hasEnded } from "@berth/store";
import type { AgentRecord, AgentWithRelease, BlobStore, DeploymentLine, DeploymentRecord, Store } from "@berth/store";
import { authorize } from "../auth/authorize.ts";
import type { DeployEvals } from "../evals/create-evals.ts";
import type { Images } from "../images/images.ts";
import type { TrafficSwitch } from "../releases/traffic-switch.ts";
import type { SourceFetcher } from "../sources/source-fetcher.ts";
import type { Targets } from "../targets/targets.ts";
import type { WorkspaceFiles } from "../workspaces/workspaces.ts";
import { DeploymentIntake } from "./accept-deployment.ts";
import type { BuildContext } from "./build-ports.ts";
import { DeploymentEngine } from "./deployment-engine.ts";
import { DeploymentSignals } from "./deployment-signals.ts";
import type { DeployRequest, DeploymentEvent, DeploymentFilter, RunningDeploys } from "./deploys.ts";
import { followDeployment } from "./follow-deployment.ts";
import { FOREVER, sweepKept, sweepOrphans } from "./kept-outputs.ts";
import { nodeId } from "./node-id.ts";
import { ReleaseFolders } from "./release-folders.ts";
import { readArchive } from "./source-archives.ts";
import type { StepTools } from "./steps/deployment-step.ts";
import { isStepName } from "./steps/step-table.ts";

const MAX_RUNNING = 2;
/** Lines of the log that are told with a deployment. */
const MAX_TAIL = 1_000;
const MAX_RECOVERED = 1_000;
/** What was left because the store was away is taken up again, and what is kept too long is removed. */
const UPKEEP_MS = 60_000;

export interface DeploysOptions {
  readonly store: Store;
  readonly runtime: Pick<Runtime, "connector" | "drain">;
  /** Archives that are deployed. */
  readonly blobs: BlobStore;
  /** Where the files go that a source brings along. */
  readonly files: WorkspaceFiles;
  /** Where finished releases lie, one folder per digest. */
  readonly releasesFolder: string;
  /** For sources and builds under way; must be on the same file system as `releasesFolder`. */
  readonly workFolder: string;
  readonly npmCacheFolder: string;
  /** Where npm and its registry, proxy and CA settings are found; nothing else of it reaches a build. */
  readonly buildEnvironment: Readonly<Record<string, string | undefined>>;
  /** Default: `buildRelease`. */
  readonly build?: (options: BuildOptions) => Promise<BuiltRelease>;
  readonly buildPorts?: (context: BuildContext) => BuildPorts;
  /** For what is not an archive; default: nothing is. */
  readonly sources?: SourceFetcher;
  /** Default: releases have no images. */
  readonly images?: Pick<Images, "prepare" | "keep" | "rootfs">;
  /** Default: releases run here only. */
  readonly targets?: Pick<Targets, "place" | "rollback" | "retire" | "destroy">;
  readonly specOf: (agent: AgentWithRelease) => ReleaseSpec | Promise<ReleaseSpec>;
  readonly ids: IdGenerator;
  readonly now: () => Date;
  /** Resolves when it is known where the platform answers; nothing is begun before. Default: it is. */
  readonly serving?: Promise<void>;
  /** At once, over all organizations. Default: 2. */
  readonly maxRunning?: number;
  /** Called when an agent has a new release, before anything else learns of it. */
  readonly onPublished: (agent: AgentRecord) => void;
  readonly traffic: TrafficSwitch;
  readonly evals: DeployEvals;
  /** Knows every secret of the organization. */
  readonly scrubberOf: (orgId: string) => Promise<Pick<Scrubber, "text" | "json">>;
  /** With the rights of now. @throws UNAUTHENTICATED for who is gone or has lost their key */
  readonly principalOf: (principal: Principal) => Promise<Principal>;
  readonly log?: (line: string) => void;
}

export function createDeploys(options: DeploysOptions): RunningDeploys {
  return new DurableDeploys(options);
}

const NO_SOURCES: SourceFetcher = {
  fetch: async ({ kind }) => {
    throw new PlatformError("SOURCE_FAILED", `This platform deploys nothing from ${kind}.`);
  },
};

class DurableDeploys implements RunningDeploys {
  readonly #options: DeploysOptions;
  readonly #signals = new DeploymentSignals();
  readonly #engine: DeploymentEngine;
  readonly #intake: DeploymentIntake;
  readonly #log: (line: string) => void;
  #node: Promise<string> | undefined;
  #upkeep: NodeJS.Timeout | undefined;
  #tending: Promise<void> | undefined;
  #closing = false;

  constructor(options: DeploysOptions) {
    const { build = buildRelease, sources = NO_SOURCES, maxRunning = MAX_RUNNING, principalOf, scrubberOf } = options;
    this.#options = options;
    this.#log = options.log ?? (() => undefined);
    const folders = new ReleaseFolders(options.releasesFolder, options.store);
    const tools: StepTools = { ...options, build, sources, folders };
    this.#engine = new DeploymentEngine({
      serving: options.serving ?? Promise.resolve(),
      tools,
      signals: this.#signals,
      maxRunning,
      principalOf,
      scrubberOf,
      log: this.#log,
      onEnded: () => this.#tend(),
    });
    this.#intake = new DeploymentIntake({ ...options, engine: this.#engine, node: async () => await this.#nodeId() });
  }

  async start(principal: Principal, request: DeployRequest): Promise<DeploymentRecord> {
    return await this.#intake.accept(principal, request);
  }

  async get(principal: Principal, deploymentId: string): Promise<DeploymentRecord> {
    authorize(principal, "deployment.read");
    const here = this.#engine.find(deploymentId)?.record;
    const found =
      here?.orgId === principal.orgId
        ? here
        : await this.#options.store.deployments.find(principal.orgId, deploymentId);
    if (found === undefined || !isVisible(principal, found))
      throw new PlatformError("DEPLOYMENT_NOT_FOUND", "There is no deployment with this id.");
    return found;
  }

  async list(principal: Principal, filter: DeploymentFilter): Promise<readonly DeploymentRecord[]> {
    authorize(principal, "deployment.read");
    const deployments = await this.#options.store.deployments.list(principal.orgId, filter);
    return deployments.filter((deployment) => isVisible(principal, deployment));
  }

  async *follow(
    principal: Principal,
    deploymentId: string,
    { after, signal }: { readonly after: number; readonly signal?: AbortSignal },
  ): AsyncGenerator<DeploymentEvent> {
    const { deployments: store } = this.#options.store;
    const current = async (): Promise<DeploymentRecord> => await this.get(principal, deploymentId);
    yield* followDeployment({ store, signals: this.#signals, deploymentId, current, after, signal });
  }

  async lines(
    principal: Principal,
    deploymentId: string,
    page: { readonly after: number; readonly limit: number },
  ): Promise<readonly DeploymentLine[]> {
    await this.get(principal, deploymentId);
    return await this.#options.store.deployments.lines(principal.orgId, deploymentId, page);
  }

  async text(principal: Principal, deploymentId: string): Promise<string> {
    await this.get(principal, deploymentId);
    const { deployments } = this.#options.store;
    const last = await deployments.lastLine(principal.orgId, deploymentId);
    const after = Math.max(0, last - MAX_TAIL);
    const lines = await deployments.lines(principal.orgId, deploymentId, { after, limit: MAX_TAIL });
    const cut = after === 0 ? "" : `… ${after} lines before …\n`;
    return cut + lines.map(({ text }) => `${text}\n`).join("");
  }

  async cancel(principal: Principal, deploymentId: string): Promise<DeploymentRecord> {
    authorize(principal, "deployment.cancel");
    const record = await this.get(principal, deploymentId);
    if (hasEnded(record)) return record;
    const run = this.#engine.find(deploymentId);
    if (run === undefined) {
      throw new PlatformError("STORE_CONFLICT", "Another platform on the same database works on this deployment.", {
        hint: "Cancel it there.",
      });
    }
    const { store, now } = this.#options;
    const { orgId, id: actor } = principal;
    const at = now().toISOString();
    await store.audit.append({ orgId, at, actor, action: "deployment.cancel", resource: deploymentId, outcome: "ok" });
    return await this.#engine.cancel(run);
  }

  async retry(
    principal: Principal,
    deploymentId: string,
    { from, idempotencyKey }: { readonly from?: string; readonly idempotencyKey?: string } = {},
  ): Promise<DeploymentRecord> {
    authorize(principal, "deployment.create");
    const deployment = await this.get(principal, deploymentId);
    if (!hasEnded(deployment)) throw new PlatformError("STORE_CONFLICT", "This deployment has not ended yet.");
    const start = from ?? deployment.error?.step ?? "fetch";
    if (!isStepName(start)) throw invalidParams([{ field: "from", description: `there is no step "${start}"` }]);
    const { source: before, name, options } = deployment;
    const source =
      before.kind === "archive"
        ? { kind: before.kind, bytes: await readArchive(this.#options.blobs, before.blob) }
        : before;
    const key = idempotencyKey === undefined ? {} : { idempotencyKey: `retry ${deploymentId} ${idempotencyKey}` };
    const request = { ...options, source, ...(name === undefined ? {} : { name }), ...key };
    return await this.#intake.accept(principal, request, { deployment, from: start });
  }

  async recover(): Promise<void> {
    const { deployments } = this.#options.store;
    const kept = await deployments.expired(FOREVER, MAX_RECOVERED);
    const unfinished = await deployments.unfinished(MAX_RECOVERED);
    const known = new Set([...kept, ...unfinished].map(({ deploymentId }) => deploymentId));
    // Of what ended well only the source is kept: its platform may have died before the folder was gone.
    for (const { status, deploymentId } of kept) {
      if (status !== "failed") await rm(join(this.#options.workFolder, deploymentId), { recursive: true, force: true });
    }
    await sweepOrphans(this.#options, (id) => known.has(id));
    await this.#takeUp();
    this.#upkeep = setInterval(() => this.#tend(), UPKEEP_MS).unref();
    this.#tend();
  }

  async close(): Promise<void> {
    this.#closing = true;
    clearInterval(this.#upkeep);
    await this.#intake.close();
    await this.#engine.close();
    await this.#tending;
  }

  /** What is unfinished and in nobody's hands. */
  async #takeUp(): Promise<void> {
    const node = await this.#nodeId();
    const { deployments } = this.#options.store;
    for (const { orgId, deploymentId, node: owner } of await deployments.unfinished(MAX_RECOVERED)) {
      if (owner !== node || this.#engine.find(deploymentId) !== undefined) continue;
      // Asked again only now: one that has ended meanwhile was let go after that was kept.
      const record = await deployments.find(orgId, deploymentId);
      if (record !== undefined && !hasEnded(record)) this.#engine.enqueue(await this.#engine.open(record));
    }
  }

  /** Never more than one at a time; whoever comes meanwhile is served by the next. */
  #tend(): void {
    this.#tending ??= this.#tendNow()
      .catch((error: unknown) => this.#log(`the upkeep of deployments: ${String(error)}`))
      .finally(() => (this.#tending = undefined));
  }

  async #tendNow(): Promise<void> {
    const { blobs, store, workFolder, now } = this.#options;
    if (!this.#closing) await this.#takeUp();
    await sweepKept({ store: store.deployments, blobs, workFolder, node: await this.#nodeId(), now });
  }

  async #nodeId(): Promise<string> {
    return await (this.#node ??= nodeId(this.#options.workFolder, () => this.#options.ids("instance")));
  }
}

/** For a key of some agents only, deployments of others do not exist. */
function isVisible({ agents }: Principal, { agentName }: DeploymentRecord): boolean {
  return agents === undefined || (agentName !== undefined && agents.includes(agentName));
}
