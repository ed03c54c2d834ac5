import type { HostFolder } from "@berth/runtime";
import type { BlobStore, Store } from "@berth/store";
import { ByteCollector } from "./byte-collector.ts";
import { createWorkspaces } from "./create-workspaces.ts";
import { withHostFolder } from "./host-files.ts";
import { OutputSaver } from "./output-saver.ts";
import type { OutputSaverOptions } from "./output-saver.ts";
import { StoredFiles } from "./stored-files.ts";
import { DEFAULT_WORKSPACE_LIMITS } from "./workspace-limits.ts";
import type { WorkspaceLimits } from "./workspace-limits.ts";
import type { Workspaces } from "./workspaces.ts";

export interface OpenWorkspacesOptions {
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly limits: Partial<WorkspaceLimits>;
  /** Stands for the workspace of the default organization. */
  readonly folder: HostFolder | undefined;
  readonly writerId: OutputSaverOptions["writerId"];
  readonly now: () => Date;
  readonly log?: (line: string) => void;
}

export interface RunningWorkspaces extends Workspaces {
  /** Tasks have ended and may have artifacts. Cheap, never throws. */
  saveOutputs(): void;
  /** Lets what is under way finish. Twice is harmless. */
  close(): Promise<void>;
}

/** Also takes up the artifacts that an earlier process did not get to, and collects bytes that no version names. */
export function openWorkspaces(options: OpenWorkspacesOptions): RunningWorkspaces {
  const { store, blobs, folder, writerId, now, log = () => undefined } = options;
  const limits = { ...DEFAULT_WORKSPACE_LIMITS, ...options.limits };
  const stored = new StoredFiles({ store: store.workspaces, blobs, limits, now });
  const files = folder === undefined ? stored : withHostFolder(stored, folder, limits);
  const saver = new OutputSaver({ store, files, limits, writerId, log });
  saver.start();
  const collector = new ByteCollector({ store: store.workspaces, blobs, now, log });
  collector.start();
  return {
    ...createWorkspaces({ files, audit: store.audit, limits, now }),
    saveOutputs: () => saver.notify(),
    async close(): Promise<void> {
      await saver.close();
      await collector.close();
    },
  };
}
