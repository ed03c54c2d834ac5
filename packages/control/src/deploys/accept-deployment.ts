import { cp, mkdir } from "node:fs/promises";
import { PlatformError } from "@berth/protocol";
import type { IdGenerator, Principal } from "@berth/protocol";
import type { BlobStore, DeploymentRecord, DeploymentSource, DeploymentStep, Store } from "@berth/store";
import { audited } from "../audit/audited.ts";
import { checkRequest, digestOf, idOfKey } from "./check-request.ts";
import type { DeploymentEngine } from "./deployment-engine.ts";
import { asJson } from "./deployment-run.ts";
import type { DeployRequest } from "./deploys.ts";
import { archiveOf, keepArchive } from "./source-archives.ts";
import type { StepOutputs } from "./steps/deployment-step.ts";
import { reusedBefore } from "./steps/step-table.ts";
import { workOf } from "./steps/work-folder.ts";

/** Per organization, with those that run; together with the size of their archives. */
const MAX_UNFINISHED = 128;
const MAX_ARCHIVE_BYTES = 1024 * 1024 * 1024;

export interface AcceptOptions {
  readonly store: Pick<Store, "deployments" | "audit">;
  readonly blobs: Pick<BlobStore, "put">;
  readonly workFolder: string;
  readonly engine: DeploymentEngine;
  readonly node: () => Promise<string>;
  readonly ids: IdGenerator;
  readonly now: () => Date;
}

/** What is done again, and from which step. */
export interface Again {
  readonly deployment: DeploymentRecord;
  readonly from: string;
}

/** Takes deployments in: checked, audited, and durable with their source before anybody is told of them. */
export class DeploymentIntake {
  readonly #options: AcceptOptions;
  /** By id: those under a key that are being accepted. */
  readonly #accepting = new Map<string, Promise<DeploymentRecord>>();
  #closed = false;

  constructor(options: AcceptOptions) {
    this.#options = options;
  }

  async accept(principal: Principal, asked: DeployRequest, again?: Again): Promise<DeploymentRecord> {
    if (this.#closed) throw new PlatformError("SHUTTING_DOWN", "The platform is stopping.", { retryable: true });
    const request = checkRequest(principal, asked);
    const { idempotencyKey: key } = request;
    if (key === undefined)
      return await this.#accept(principal, request, { id: this.#options.ids("deployment"), again });
    const id = idOfKey(principal, key);
    const requestDigest = digestOf(request);
    // The same request at the same time: the second waits for what becomes of the first.
    while (this.#accepting.has(id)) await this.#accepting.get(id)?.catch(() => undefined);
    const accepting = this.#known(principal, id, requestDigest).then(
      async (known) => known ?? (await this.#accept(principal, request, { id, requestDigest, again })),
    );
    this.#accepting.set(id, accepting);
    return await accepting.finally(() => this.#accepting.delete(id));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#accepting.values());
  }

  async #known({ orgId }: Principal, id: string, requestDigest: string): Promise<DeploymentRecord | undefined> {
    const { store, engine } = this.#options;
    const known = engine.find(id)?.record ?? (await store.deployments.find(orgId, id));
    if (known === undefined || known.requestDigest === requestDigest) return known;
    throw new PlatformError("IDEMPOTENCY_CONFLICT", "This Idempotency-Key was used for another deployment.");
  }

  async #accept(
    principal: Principal,
    request: DeployRequest,
    {
      id,
      again,
      requestDigest,
    }: { readonly id: string; readonly again: Again | undefined; readonly requestDigest?: string },
  ): Promise<DeploymentRecord> {
    const { store, engine, now, node } = this.#options;
    this.#assertRoom(principal.orgId, request);
    const at = now().toISOString();
    const { source: asked, name, idempotencyKey: _key, ...options } = request;
    const archive = asked.kind === "archive" ? archiveOf(id, asked.bytes) : undefined;
    const record: DeploymentRecord = {
      orgId: principal.orgId,
      deploymentId: id,
      status: "queued",
      source: sourceOf(asked, archive?.blob),
      options,
      steps: again === undefined ? [] : await this.#takeOver(again, id),
      principal,
      createdBy: principal.id,
      createdAt: at,
      updatedAt: at,
      node: await node(),
      ...(name === undefined ? {} : { name, agentName: name }),
      ...(requestDigest === undefined ? {} : { requestDigest }),
      ...(again === undefined ? {} : { retryOf: again.deployment.deploymentId }),
    };
    const action = again === undefined ? "deployment.create" : "deployment.retry";
    const entry = { orgId: principal.orgId, at, actor: principal.id, action, resource: id, outcome: "ok" } as const;
    return await audited(store.audit, entry, async () => {
      if (archive !== undefined) await keepArchive(this.#options, id, archive);
      const run = await engine.open(record);
      try {
        await run.update({});
        run.say("accepted", "");
        await run.log.flush();
      } catch (error) {
        await engine.fail(run, error);
        throw error;
      }
      engine.enqueue(run);
      return run.record;
    });
  }

  #assertRoom(orgId: string, { source }: DeployRequest): void {
    const runs = this.#options.engine.runsOf(orgId);
    if (runs.length >= MAX_UNFINISHED) {
      throw new PlatformError("RATE_LIMITED", `${MAX_UNFINISHED} deployments are under way already.`, {
        retryable: true,
      });
    }
    const held = runs.reduce((sum, { record }) => sum + ("bytes" in record.source ? record.source.bytes : 0), 0);
    const more = source.kind === "archive" ? source.bytes.length : 0;
    if (held > 0 && held + more > MAX_ARCHIVE_BYTES) {
      throw new PlatformError("RATE_LIMITED", "The archives of deployments under way are too large together.", {
        retryable: true,
      });
    }
  }

  /** What the other deployment's steps have made, as far as it is there. What is not is made again. */
  async #takeOver({ deployment, from }: Again, id: string): Promise<readonly DeploymentStep[]> {
    const { workFolder, ids } = this.#options;
    const before = workOf({ workFolder }, deployment);
    const here = workOf({ workFolder }, { deploymentId: id });
    const taken: DeploymentStep[] = [];
    for (const name of reusedBefore(from)) {
      const step = deployment.steps.find((each) => each.name === name && each.status === "done");
      if (step?.output === undefined) return taken;
      try {
        await mkdir(here.folder, { recursive: true });
        if (name === "fetch") await cp(before.source, here.source, { recursive: true, verbatimSymlinks: true });
        if (name === "build") await cp(before.output, here.output, { recursive: true, verbatimSymlinks: true });
      } catch {
        return taken;
      }
      taken.push(name === "build" ? renamed(step, ids("release")) : step);
    }
    return taken;
  }
}

/** Another deployment makes another release, of the same content. */
function renamed(step: DeploymentStep, releaseId: string): DeploymentStep {
  // Written by the step `build`.
  const output = step.output as unknown as StepOutputs["build"];
  return { ...step, output: asJson({ ...output, releaseId }) };
}

function sourceOf(source: DeployRequest["source"], blob: string | undefined): DeploymentSource {
  return source.kind === "archive" ? { kind: "archive", blob: blob ?? "", bytes: source.bytes.length } : source;
}
