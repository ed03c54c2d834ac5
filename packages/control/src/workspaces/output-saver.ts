import { TaskFold, foldTask, isPlatformError } from "@berth/protocol";
import type { AcceptedEvent, Artifact, TaskEvent } from "@berth/protocol";
import type { PendingOutputs, Store } from "@berth/store";
import { toArtifactFiles } from "./artifact-files.ts";
import { digestOf } from "../receipts/node-sha256.ts";
import type { WorkspaceLimits } from "./workspace-limits.ts";
import type { WorkspaceFiles } from "./workspaces.ts";

export interface OutputSaverOptions {
  readonly store: Pick<Store, "tasks" | "workspaces">;
  readonly files: WorkspaceFiles;
  readonly limits: WorkspaceLimits;
  /** What an agent is called as a writer. */
  readonly writerId: (agent: { readonly orgId: string; readonly agentName: string }) => string;
  readonly log: (line: string) => void;
}

/** Finds what was left by an earlier process, and what a failure has put off. */
const POLL_MS = 2_000;
const BATCH = 32;
/** Of one read. */
const PAGE_EVENTS = 1_000;
/** Of each quota: what agents produce must not keep people from writing. */
const SHARE = 0.5;

/**
 * Writes the artifacts of ended tasks into the workspace, one task after the other, behind everybody's back. Life: made →
 * `start` → `notify` when receipts were sealed → `close`. A task waits in the store from the moment it is sealed until
 * its files are written, so a crash in between only means that they are written once more, to the same paths with the
 * same bytes, which changes nothing.
 */
export class OutputSaver {
  readonly #options: OutputSaverOptions;
  #running: Promise<void> | undefined;
  #again = false;
  #poll: NodeJS.Timeout | undefined;
  #failing = false;
  #closed = false;

  constructor(options: OutputSaverOptions) {
    this.#options = options;
  }

  start(): void {
    this.#poll = setInterval(() => this.notify(), POLL_MS);
    this.notify();
  }

  /** Cheap, never throws. */
  notify(): void {
    if (this.#closed) return;
    if (this.#running !== undefined) {
      this.#again = true;
      return;
    }
    this.#running = this.#drain().finally(() => {
      this.#running = undefined;
      if (this.#again) this.notify();
    });
  }

  /** Lets the task under way finish; the others are saved after the next start. Twice is harmless. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#poll);
    await this.#running;
  }

  async #drain(): Promise<void> {
    this.#again = false;
    try {
      while (!this.#closed) {
        const pending = await this.#options.store.workspaces.pendingOutputs(BATCH);
        for (const task of pending) {
          if (this.#closed) return;
          await this.#save(task);
        }
        if (pending.length < BATCH) break;
      }
      this.#failing = false;
    } catch (error) {
      // Once per outage: the poll tries again.
      if (!this.#failing) this.#options.log(`artifacts cannot be saved, will try again: ${String(error)}`);
      this.#failing = true;
    }
  }

  /** @throws only what another attempt may mend. */
  async #save(pending: PendingOutputs): Promise<void> {
    const { store, log } = this.#options;
    try {
      await this.#write(pending);
    } catch (error) {
      if (!isPlatformError(error) || error.retryable) throw error;
      log(`artifacts of ${pending.taskId} are not in the workspace: ${error.reason}: ${error.message}`);
    }
    await store.workspaces.outputsSettled(pending);
  }

  async #write({ orgId, taskId }: PendingOutputs): Promise<void> {
    const { files, limits, writerId, log } = this.#options;
    const run = await this.#read(orgId, taskId);
    if (run === undefined) return;
    const { accepted, artifacts } = run;
    const by = { id: writerId(accepted), runId: taskId };
    for (const { path, content, mediaType } of toArtifactFiles(taskId, artifacts)) {
      const present = await files.find(orgId, path);
      if (present?.digest === digestOf(content)) continue;
      const usage = await files.usage(orgId);
      const isFull =
        usage.files >= limits.quota.files * SHARE || usage.bytes + content.byteLength > limits.quota.bytes * SHARE;
      if (isFull || content.byteLength > limits.maxFileBytes) {
        log(`${path} is not in the workspace: ${isFull ? "artifacts have filled their half of it" : "too large"}`);
        continue;
      }
      await files.write(orgId, by, { path, content, mediaType });
    }
  }

  /** A page at a time: a log may be far larger than what it has made. */
  async #read(
    orgId: string,
    taskId: string,
  ): Promise<{ readonly accepted: AcceptedEvent; readonly artifacts: readonly Artifact[] } | undefined> {
    const { tasks } = this.#options.store;
    const page = async (after: number): Promise<readonly TaskEvent[]> =>
      await tasks.events({ orgId, taskId, after, limit: PAGE_EVENTS });
    const opening = await page(0);
    const accepted = opening[0]?.body;
    if (accepted?.kind !== "accepted") return undefined;
    const fold = new TaskFold(foldTask(opening));
    for (let events = opening; events.length > 0;) {
      events = await page(fold.seq);
      for (const event of events) fold.apply(event);
    }
    return { accepted, artifacts: fold.view.task.artifacts ?? [] };
  }
}
