import type { BuildOptions, BuildPorts, BuiltRelease } from "@berth/deploy";
import type { IdGenerator, JsonObject, ReleaseImage } from "@berth/protocol";
import type { ReleaseSpec, Runtime } from "@berth/runtime";
import type { AgentRecord, AgentWithRelease, BlobStore, DeploymentStatus, Store } from "@berth/store";
import type { DeployEvals } from "../../evals/create-evals.ts";
import type { Images } from "../../images/images.ts";
import type { TrafficSwitch } from "../../releases/traffic-switch.ts";
import type { SourceFetcher } from "../../sources/source-fetcher.ts";
import type { Targets } from "../../targets/targets.ts";
import type { WorkspaceFiles } from "../../workspaces/workspaces.ts";
import type { BuildContext } from "../build-ports.ts";
import type { DeploymentRun } from "../deployment-run.ts";
import type { ReleaseFolders } from "../release-folders.ts";

/** What the steps hand on; kept with the deployment. */
export interface StepOutputs {
  readonly fetch: {
    /** Of the source's folder: what is found there later is what was fetched. */
    readonly digest: string;
  };
  readonly build: {
    readonly built: BuiltRelease;
    /** Of the output's folder. */
    readonly folder: string;
    /** What its release will be called. */
    readonly releaseId: string;
  };
  readonly image: { readonly image: ReleaseImage };
  readonly release: { readonly agentId: string };
  readonly place: { readonly url: string; readonly placement: JsonObject };
  readonly "health check": { readonly skills: number };
  readonly evaluating: { readonly suites: number };
  readonly switch: { readonly releaseId: string };
}
export type StepName = keyof StepOutputs;

/** What the steps work with. */
export interface StepTools {
  readonly store: Store;
  readonly runtime: Pick<Runtime, "connector" | "drain">;
  readonly blobs: BlobStore;
  /** Where the files go that a source brings along. */
  readonly files: WorkspaceFiles;
  readonly folders: ReleaseFolders;
  /** Sources and builds under way, one folder per deployment. */
  readonly workFolder: string;
  readonly npmCacheFolder: string;
  readonly buildEnvironment: Readonly<Record<string, string | undefined>>;
  readonly build: (options: BuildOptions) => Promise<BuiltRelease>;
  /** What buildpacks need of the platform. Absent: JavaScript and modules are built, and nothing else. */
  readonly buildPorts?: (context: BuildContext) => BuildPorts;
  readonly sources: SourceFetcher;
  readonly images?: Pick<Images, "prepare" | "keep" | "rootfs">;
  readonly targets?: Pick<Targets, "place" | "rollback" | "retire" | "destroy">;
  readonly specOf: (agent: AgentWithRelease) => ReleaseSpec | Promise<ReleaseSpec>;
  readonly traffic: TrafficSwitch;
  readonly evals: DeployEvals;
  readonly onPublished: (agent: AgentRecord) => void;
  readonly ids: IdGenerator;
  readonly now: () => Date;
}

/**
 * One step of a deployment. Whatever ends the platform, it is begun again as long as its output is not kept; so it does
 * nothing that may not be done twice, and finds what its earlier try has left.
 */
export interface Step<N extends StepName = StepName> {
  readonly name: N;
  /** Of the deployment while the step runs. */
  readonly status: DeploymentStatus;
  /** False: this deployment has no such step. */
  applies(run: DeploymentRun, tools: StepTools): boolean | Promise<boolean>;
  /** Whether what it has made is still there; else it is done again. */
  holds(run: DeploymentRun, tools: StepTools): Promise<boolean>;
  run(run: DeploymentRun, tools: StepTools): Promise<StepOutputs[N]>;
}
