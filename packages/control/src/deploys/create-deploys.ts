import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { UNPACK_LIMITS, buildRelease, unpackArchive, writeTree } from "@berth/deploy";
import type { BuiltRelease } from "@berth/deploy";
import { PlatformError, isPlatformError, lintMcpSchemas } from "@berth/protocol";
import type { EvalSuite, IdGenerator, Principal } from "@berth/protocol";
import type { Runtime, Scrubber } from "@berth/runtime";
import type { AgentRecord, AgentWithRelease, DeploymentRecord, Store } from "@berth/store";
import { authorize } from "../auth/authorize.ts";
import { isSuite, parseSuites } from "../evals/parse-suites.ts";
import type { DeployEvals } from "../evals/create-evals.ts";
import { assertEvalsConfig } from "../evals/release-gate.ts";
import { assertHiddenSkills } from "../cards/hidden-skills.ts";
import { agentNameOf, assertAgentName } from "../registry/agent-name.ts";
import { skillSchemasOf } from "../registry/skill-schemas.ts";
import { DeploymentRun } from "./deployment-run.ts";
import type { DeployRequest, DeploymentEvent, Deploys } from "./deploys.ts";
import { isSeed, seedWorkspace } from "../workspaces/seed-workspace.ts";
import type { WorkspaceFiles } from "../workspaces/workspaces.ts";
import type { TrafficSwitch } from "../releases/traffic-switch.ts";
import { gateRelease } from "./gate-release.ts";
import { agentOf, releaseOf } from "./release-records.ts";
import { releaseFolder, toReleaseSpec } from "./release-spec.ts";
import { rollOut, rolloutOf } from "./roll-out.ts";

const MAX_RUNNING = 2;
const MAX_WAITING = 16;
/** Ended deployments whose events can still be followed from memory. */
const KEPT_RUNS = 100;

export interface DeploysOptions {
  readonly store: Store;
  readonly runtime: Runtime;
  /** Where the files go that a source brings along. */
  readonly files: WorkspaceFiles;
  /** Where finished releases lie, one folder per digest. */
  readonly releasesFolder: string;
  /** For sources and builds under way; must be on the same file system as `releasesFolder`. */
  readonly workFolder: string;
  readonly npmCacheFolder: string;
  /** Where npm and its registry, proxy and CA settings are found; nothing else of it reaches a build. */
  readonly buildEnvironment: Readonly<Record<string, string | undefined>>;
  readonly ids: IdGenerator;
  readonly now: () => Date;
  /** Called when an agent has a new release, before anything else learns of it. */
  readonly onPublished: (agent: AgentRecord) => void;
  readonly traffic: TrafficSwitch;
  readonly evals: DeployEvals;
  /** Knows every secret of the organization. */
  readonly scrubberOf: (orgId: string) => Promise<Pick<Scrubber, "text" | "json">>;
  readonly log?: (line: string) => void;
}

export function createDeploys(options: DeploysOptions): Deploys {
  return new BuildingDeploys(options);
}

class BuildingDeploys implements Deploys {
  readonly #options: DeploysOptions;
  readonly #runs = new Map<string, DeploymentRun>();
  readonly #waiting: (() => void)[] = [];
  readonly #active = new Set<Promise<void>>();
  #running = 0;
  #closing = false;

  constructor(options: DeploysOptions) {
    this.#options = options;
  }

  async start(principal: Principal, request: DeployRequest): Promise<DeploymentRecord> {
    authorize(principal, "deployment.create");
    if (request.skipEvals === true) authorize(principal, "eval.skip");
    if (this.#closing) throw new PlatformError("SHUTTING_DOWN", "The platform is stopping.", { retryable: true });
    if (this.#waiting.length >= MAX_WAITING) {
      throw new PlatformError("RATE_LIMITED", `${MAX_WAITING} deployments wait already.`, { retryable: true });
    }
    if (request.name !== undefined) assertAgentName(request.name);
    assertDeploysOwnAgent(principal, request.name);
    const { ids, now, store } = this.#options;
    const at = now().toISOString();
    const record: DeploymentRecord = {
      orgId: principal.orgId,
      deploymentId: ids("deployment"),
      status: "running",
      steps: [],
      log: "",
      createdBy: principal.id,
      createdAt: at,
      updatedAt: at,
      ...(request.name === undefined ? {} : { agentName: request.name }),
    };
    await this.#audit(principal, "deployment.create", record.deploymentId);
    await store.deployments.save(record);
    const run = new DeploymentRun(record, now);
    this.#remember(run);
    const work = this.#run(principal, request, run).finally(() => this.#active.delete(work));
    this.#active.add(work);
    return run.record;
  }

  async get(principal: Principal, deploymentId: string): Promise<DeploymentRecord> {
    authorize(principal, "deployment.cancel");
    const run = this.#runs.get(deploymentId);
    const here = run?.record.orgId === principal.orgId ? run.record : undefined;
    const found = here ?? (await this.#options.store.deployments.find(principal.orgId, deploymentId));
    if (found === undefined || !isVisible(principal, found))
      throw new PlatformError("DEPLOYMENT_NOT_FOUND", "There is no deployment with this id.");
    return found;
  }

  async list(
    principal: Principal,
    filter: { readonly agentName?: string; readonly limit: number },
  ): Promise<readonly DeploymentRecord[]> {
    authorize(principal, "deployment.read");
    const deployments = await this.#options.store.deployments.list(principal.orgId, filter);
    return deployments.filter((deployment) => isVisible(principal, deployment));
  }

  async *follow(
    principal: Principal,
    deploymentId: string,
    { after, signal }: { readonly after: number; readonly signal?: AbortSignal },
  ): AsyncGenerator<DeploymentEvent> {
    const record = await this.get(principal, deploymentId);
    const run = this.#runs.get(deploymentId);
    if (run === undefined) {
      yield { seq: after + 1, kind: "done", deployment: record };
      return;
    }
    let seq = after;
    while (signal?.aborted !== true) {
      const events = run.eventsAfter(seq);
      for (const event of events) {
        yield event;
        seq = event.seq;
        if (event.kind === "done") return;
      }
      if (events.length > 0) continue;
      if (run.done) return;
      await run.moved(signal);
    }
  }

  async cancel(principal: Principal, deploymentId: string): Promise<DeploymentRecord> {
    const record = await this.get(principal, deploymentId);
    const run = this.#runs.get(deploymentId);
    if (run === undefined) return record;
    await this.#audit(principal, "deployment.cancel", deploymentId);
    run.controller.abort(new PlatformError("DEPLOY_CANCELED", "The deployment was canceled."));
    while (!run.done) await run.moved(undefined);
    return run.record;
  }

  async close(): Promise<void> {
    this.#closing = true;
    const stopping = new PlatformError("DEPLOY_CANCELED", "The platform was stopped during the deployment.");
    for (const run of this.#runs.values()) run.controller.abort(stopping);
    await Promise.allSettled(this.#active);
  }

  async #run(principal: Principal, request: DeployRequest, run: DeploymentRun): Promise<void> {
    const { store, workFolder, log } = this.#options;
    const folder = join(workFolder, run.record.deploymentId);
    await this.#slot();
    try {
      run.scrubBy(await this.#options.scrubberOf(principal.orgId));
      await this.#deploy(principal, request, run, folder);
      await this.#finish(principal, run, "live");
    } catch (error) {
      const canceled = run.controller.signal.aborted;
      if (!isPlatformError(error))
        log?.(`deployment ${run.record.deploymentId}: ${String(error instanceof Error ? error.stack : error)}`);
      await this.#finish(
        principal,
        run,
        canceled ? "canceled" : "failed",
        canceled ? run.controller.signal.reason : error,
      );
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
      await rm(folder, { recursive: true, force: true }).catch(() => undefined);
      await store.deployments
        .save(run.record)
        .catch((error: unknown) => log?.(`saving a deployment failed: ${String(error)}`));
    }
  }

  async #finish(
    principal: Principal,
    run: DeploymentRun,
    status: "live" | "failed" | "canceled",
    error?: unknown,
  ): Promise<void> {
    const { store, now } = this.#options;
    const { orgId, id: actor } = principal;
    const resource = run.record.agentName ?? run.record.deploymentId;
    const outcome = status === "live" ? "ok" : "failed";
    await store.audit
      .append({ orgId, at: now().toISOString(), actor, action: "agent.deploy", resource, outcome })
      .catch((cause: unknown) =>
        this.#options.log?.(`the audit entry of a deployment was not written: ${String(cause)}`),
      );
    run.finish(status, error);
    await store.deployments.save(run.record).catch(() => undefined); // tried again by the caller
  }

  async #audit({ orgId, id: actor }: Principal, action: string, resource: string): Promise<void> {
    const at = this.#options.now().toISOString();
    await this.#options.store.audit.append({ orgId, at, actor, action, resource, outcome: "ok" });
  }

  async #slot(): Promise<void> {
    if (this.#running >= MAX_RUNNING) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running += 1;
  }

  async #deploy(principal: Principal, request: DeployRequest, run: DeploymentRun, folder: string): Promise<void> {
    const source = join(folder, "source");
    const output = join(folder, "output");
    const { signal } = run.controller;
    const tree = await run.step("unpack", async () => {
      const unpacked = await unpackArchive(request.archive, UNPACK_LIMITS, signal);
      await mkdir(folder, { recursive: true });
      await writeTree(unpacked, source);
      // Only what is still needed later is held while it builds.
      return {
        seeds: unpacked.files.filter(({ path }) => isSeed(path)),
        suites: parseSuites(unpacked.files.filter(({ path }) => isSuite(path))),
      };
    });
    const built = await run.step("build", async () => {
      return await buildRelease({
        source,
        output,
        signal,
        npmCacheFolder: this.#options.npmCacheFolder,
        environment: this.#options.buildEnvironment,
        log: (line) => run.log(line),
      });
    });
    const placed = await run.step("release", async () => await this.#place(built, output));
    try {
      await this.#checkAndSwitch(principal, request, run, { built, suites: tree.suites });
    } catch (error) {
      if (placed && !(await this.#mayBeUsed(principal.orgId, run))) {
        await rm(releaseFolder(this.#options.releasesFolder, built.digest), { recursive: true, force: true });
      }
      throw error;
    }
    const by = { id: principal.id };
    // What lies in the workspace folder is data beside the agent: without it the deployment is live all the same.
    const told = await seedWorkspace(this.#options.files, { orgId: principal.orgId, by, files: tree.seeds }).catch(
      (error: unknown) => [`warning: the workspace folder was not read: ${String(error)}`],
    );
    for (const line of told) run.log(line);
  }

  /** Its release was saved after all, or another deployment under way may have found the same content in the folder. */
  async #mayBeUsed(orgId: string, run: DeploymentRun): Promise<boolean> {
    if (this.#active.size > 1) return true;
    const { releaseId } = run.record;
    if (releaseId === undefined) return false;
    return await this.#options.store.agents.findRelease(orgId, releaseId).then(
      (found) => found !== undefined,
      () => true,
    );
  }

  /** False when a release with the same content lies there already. */
  async #place(built: BuiltRelease, output: string): Promise<boolean> {
    const folder = releaseFolder(this.#options.releasesFolder, built.digest);
    await mkdir(this.#options.releasesFolder, { recursive: true, mode: 0o711 });
    try {
      await rename(output, folder);
      return true;
    } catch (error) {
      // The same content under the same digest, from an earlier deployment.
      if (isExists(error)) return false;
      throw error;
    }
  }

  async #checkAndSwitch(
    principal: Principal,
    request: DeployRequest,
    run: DeploymentRun,
    { built, suites }: { readonly built: BuiltRelease; readonly suites: readonly EvalSuite[] },
  ): Promise<void> {
    const { store, runtime, ids, now, releasesFolder, evals } = this.#options;
    const { orgId } = principal;
    const { signal } = run.controller;
    assertEvalsConfig(built.config, suites);
    const wanted = request.name ?? built.config.name;
    const known = wanted === undefined ? undefined : await store.agents.find(orgId, wanted);
    if (known !== undefined && isSame(known, built, request)) {
      run.update({ agentName: known.agent.name, releaseId: known.release.releaseId });
      run.log("Nothing changed: this release is live already.");
      return;
    }
    const releaseId = ids("release");
    const provisional = {
      agent: agentOf({
        orgId,
        agentId: known?.agent.agentId ?? ids("agent"),
        name: wanted ?? "unnamed",
        releaseId,
        at: now(),
      }),
      release: releaseOf({ orgId, releaseId, agentId: "", built, read: undefined, trusted: request.trust, at: now() }),
    };
    const checked = { ...provisional, release: { ...provisional.release, agentId: provisional.agent.agentId } };
    const read = await run
      .step("health check", async () => {
        return await runtime.connector.readCard(toReleaseSpec(checked, releasesFolder), signal);
      })
      .catch(async (error: unknown) => {
        if (known === undefined) await runtime.drain(checked.agent.agentId);
        else this.#options.traffic.drainOthers(known.agent);
        throw error;
      });
    assertHiddenSkills(read.card, built.config);
    const skillIds = read.card.skills.map(({ id }) => id);
    for (const line of lintMcpSchemas(skillIds, skillSchemasOf(read.card))) run.log(`warning: ${line}`);
    for (const { name, skill } of suites) {
      if (!skillIds.includes(skill))
        run.log(`warning: the suite ${name} is of a skill "${skill}", which the agent has not`);
    }
    const name = wanted ?? agentNameOf(read.card);
    const existing = known ?? (await store.agents.find(orgId, name));
    const agentId = existing?.agent.agentId ?? checked.agent.agentId;
    const at = now();
    const candidate = {
      agent: agentOf({ orgId, agentId, name, releaseId, at }),
      release: releaseOf({ orgId, releaseId, agentId, built, read, trusted: request.trust, at }),
    };
    const gated = { principal, candidate, suites, skip: request.skipEvals === true };
    await gateRelease(evals, run, gated).catch(async (error: unknown) => {
      if (existing === undefined) await runtime.drain(agentId);
      else this.#options.traffic.drainOthers(existing.agent);
      throw error;
    });
    await run.step("switch", async () => {
      signal.throwIfAborted();
      run.update({ agentName: name, releaseId });
      await evals.keep(candidate.release, suites);
      const told = await rollOut(this.#options, {
        ...candidate,
        rollout: rolloutOf(request, built.config.canary),
        isNew: existing === undefined,
        by: principal.id,
      });
      if (told !== undefined) run.log(told);
      if (agentId !== checked.agent.agentId) await runtime.drain(checked.agent.agentId);
    });
  }

  #remember(run: DeploymentRun): void {
    this.#runs.set(run.record.deploymentId, run);
    for (const [id, candidate] of this.#runs) {
      if (this.#runs.size <= KEPT_RUNS) return;
      if (candidate.done) this.#runs.delete(id);
    }
  }
}

function isSame({ release }: AgentWithRelease, built: BuiltRelease, request: DeployRequest): boolean {
  return (
    release.digest === built.digest &&
    release.trusted === request.trust &&
    JSON.stringify(release.config) === JSON.stringify(built.config)
  );
}

function isExists(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOTEMPTY" || error.code === "EEXIST");
}

/** For a key of some agents only, deployments of others do not exist. */
function isVisible({ agents }: Principal, { agentName }: DeploymentRecord): boolean {
  return agents === undefined || (agentName !== undefined && agents.includes(agentName));
}

/** What the archive calls itself is read only later, so a key of some agents only has to say it. @throws PERMISSION_DENIED */
function assertDeploysOwnAgent({ agents }: Principal, name: string | undefined): void {
  if (agents === undefined || (name !== undefined && agents.includes(name))) return;
  throw new PlatformError("PERMISSION_DENIED", `This key may deploy ${agents.join(", ")} only.`, {
    hint: "Name the agent: `a2a deploy --name NAME`.",
  });
}
