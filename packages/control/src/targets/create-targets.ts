import type { Placement, TargetLogLine } from "@berth/deploy/targets";
import { PlatformError, isPlatformError } from "@berth/protocol";
import type { JsonObject, Principal } from "@berth/protocol";
import type { AgentWithRelease, PlacementRecord, Store, TargetRecord } from "@berth/store";
import { audited } from "../audit/audited.ts";
import { authorize } from "../auth/authorize.ts";
import type { Images } from "../images/images.ts";
import { assertAgentName } from "../registry/agent-name.ts";
import { checkTarget } from "./check-target.ts";
import type { TargetCheck } from "./check-target.ts";
import { DEPLOY_FORM } from "./deploy-form.ts";
import type { DeployForm } from "./deploy-form.ts";
import { findPlaced, findRelease } from "./find-placed.ts";
import { assertCredential, openTarget, sealId } from "./open-target.ts";
import type { OpenTarget, OpenTargetOptions } from "./open-target.ts";
import { bindTarget, targetKinds } from "./target-kinds.ts";
import { placementJson, placementOf } from "./placements.ts";
import { assertRegistry, imageName } from "./target-registry.ts";
import { toTargetRelease } from "./target-release.ts";
import type { TargetRequest, Targets } from "./targets.ts";

export interface TargetsOptions extends OpenTargetOptions {
  readonly store: Pick<Store, "agents" | "audit" | "targets">;
  readonly images: Pick<Images, "push">;
}

const MAX_TARGETS = 50;
const MAX_PLACEMENTS = 100;
/** Checks and looks that somebody waits for. */
const LOOK_MS = 30_000;

export function createTargets(options: TargetsOptions): Targets {
  return new StoredTargets(options);
}

class StoredTargets implements Targets {
  readonly #options: TargetsOptions;

  constructor(options: TargetsOptions) {
    this.#options = options;
  }

  kinds(): ReturnType<Targets["kinds"]> {
    return targetKinds();
  }

  deployForm(): DeployForm {
    return DEPLOY_FORM;
  }

  async save(principal: Principal, request: TargetRequest): Promise<TargetRecord> {
    authorize(principal, "target.manage");
    const { store, now, sealer } = this.#options;
    const { orgId } = principal;
    const { name, kind, settings, credential, registry } = request;
    assertAgentName(name);
    if (name === "local") throw new PlatformError("CONFIG_INVALID", 'The target "local" is this platform itself.');
    bindTarget(kind, settings);
    if (typeof credential === "string") assertCredential(kind, credential);
    if (registry !== undefined) assertRegistry(registry);
    const known = await store.targets.find(orgId, name);
    if (known === undefined && (await store.targets.list(orgId)).length >= MAX_TARGETS) {
      throw new PlatformError("QUOTA_EXCEEDED", `The organization has ${MAX_TARGETS} targets, which is the most.`);
    }
    if (known !== undefined && known.kind !== kind) {
      throw new PlatformError("STORE_CONFLICT", `The target "${name}" is of the kind ${known.kind}.`, {
        hint: "Remove it first, or take another name.",
      });
    }
    const sealed =
      typeof credential === "string" ? sealer.seal(sealId(orgId, name), credential) : kept(credential, known);
    const at = now().toISOString();
    const record: TargetRecord = {
      orgId,
      name,
      kind,
      settings,
      ...(sealed === undefined ? {} : { sealedCredential: sealed }),
      ...(registry === undefined ? {} : { registry }),
      createdBy: known?.createdBy ?? principal.id,
      createdAt: known?.createdAt ?? at,
      updatedAt: at,
    };
    await this.#audited(principal, "target.put", name, { kind }, async () => await store.targets.save(record));
    return record;
  }

  async list(principal: Principal): Promise<readonly TargetRecord[]> {
    authorize(principal, "target.read");
    return await this.#options.store.targets.list(principal.orgId);
  }

  async get(principal: Principal, name: string): Promise<TargetRecord> {
    authorize(principal, "target.read");
    return await this.#named(principal.orgId, name);
  }

  async remove(
    principal: Principal,
    name: string,
    { abandon = false }: { readonly abandon?: boolean } = {},
  ): Promise<void> {
    authorize(principal, "target.manage");
    const { store } = this.#options;
    const { orgId } = principal;
    await this.#named(orgId, name);
    const [placed] = await store.targets.placements(orgId, { target: name, limit: 1 });
    if (placed !== undefined && !abandon) {
      throw new PlatformError("STORE_CONFLICT", `Releases run on "${name}", such as ${placed.releaseId}.`, {
        hint: "Remove their agents first. If the target is gone for good, `a2a targets remove --abandon` forgets what runs there.",
      });
    }
    await this.#audited(principal, "target.remove", name, abandon ? { abandon } : {}, async () => {
      await this.#forgetPlacements(orgId, name);
      await store.targets.remove(orgId, name);
    });
  }

  async check(principal: Principal, name: string): Promise<TargetCheck> {
    authorize(principal, "target.read");
    const record = await this.#named(principal.orgId, name);
    return await checkTarget(this.#options, record, AbortSignal.timeout(LOOK_MS));
  }

  async plan(
    principal: Principal,
    { target: name, agent, release }: { readonly target: string; readonly agent: string; readonly release?: string },
  ): ReturnType<Targets["plan"]> {
    authorize(principal, "target.read");
    const record = await this.#named(principal.orgId, name);
    const found = await findRelease(this.#options.store, principal, { agent, release });
    const image = imageName(record, found);
    await using opened = await openTarget(this.#options, record);
    const plan = opened.target.plan(toTargetRelease(found, image));
    const context = opened.context(() => {}, AbortSignal.timeout(LOOK_MS));
    return { plan, changes: opened.target.diff(plan, await opened.target.observe(context, plan)) };
  }

  async status(
    principal: Principal,
    { agent, release }: { readonly agent: string; readonly release?: string },
  ): ReturnType<Targets["status"]> {
    authorize(principal, "target.read");
    const placed = await findPlaced(this.#options.store, principal, { agent, release });
    await using opened = await this.#open(principal.orgId, placed.target);
    const context = opened.context(() => {}, AbortSignal.timeout(LOOK_MS));
    return { placed, status: await opened.target.status(context, placementOf(placed)) };
  }

  async placements(principal: Principal, agent: string): Promise<readonly PlacementRecord[]> {
    authorize(principal, "target.read");
    const { store } = this.#options;
    const { agentId } = (await findRelease(store, principal, { agent })).agent;
    return await store.targets.placements(principal.orgId, { agentId, limit: MAX_PLACEMENTS });
  }

  async logs(
    principal: Principal,
    { agent, release, ...options }: Parameters<Targets["logs"]>[1],
    signal: AbortSignal,
  ): ReturnType<Targets["logs"]> {
    authorize(principal, "target.read");
    const placed = await findPlaced(this.#options.store, principal, { agent, release });
    return this.#lines(placed, options, signal);
  }

  async place(
    {
      orgId,
      target: name,
      release: found,
    }: { readonly orgId: string; readonly target: string; readonly release: AgentWithRelease },
    { log, signal }: { readonly log: (line: string) => void; readonly signal: AbortSignal },
  ): Promise<Placement> {
    const { store, images, now } = this.#options;
    const { agent, release } = found;
    await using opened = await this.#open(orgId, name);
    const { record, target } = opened;
    const image = imageName(record, found);
    if (record.registry !== undefined && release.image !== undefined) {
      const { repository, credential } = record.registry;
      const to = `${repository}/${agent.name}`;
      const request = { repository: agent.name, digest: release.image.digest, to, tag: release.releaseId };
      await images.push(orgId, { ...request, ...(credential === undefined ? {} : { credential }) }, { signal, log });
      log(`pushed ${image}`);
    }
    const plan = target.plan(toTargetRelease(found, image));
    for (const warning of plan.warnings) log(`warning: ${warning}`);
    const placement = await target.apply(opened.context(log, signal), plan);
    await store.targets.savePlacement({
      orgId,
      agentId: agent.agentId,
      releaseId: release.releaseId,
      target: name,
      placement: placementJson(placement),
      createdAt: now().toISOString(),
    });
    return placement;
  }

  async rollback(
    { orgId, releaseId }: { readonly orgId: string; readonly releaseId: string },
    { log, signal }: { readonly log: (line: string) => void; readonly signal: AbortSignal },
  ): Promise<void> {
    const placed = await this.#options.store.targets.placement(orgId, releaseId);
    if (placed === undefined) return;
    await using opened = await this.#open(orgId, placed.target);
    await opened.target.rollback(opened.context(log, signal), placementOf(placed));
  }

  async retire(
    { orgId, releaseId }: { readonly orgId: string; readonly releaseId: string },
    options: { readonly log: (line: string) => void; readonly signal: AbortSignal },
  ): Promise<void> {
    const placed = await this.#options.store.targets.placement(orgId, releaseId);
    if (placed !== undefined) await this.#leave(placed, options);
  }

  async destroy(
    orgId: string,
    agentId: string,
    signal: AbortSignal,
    log: (line: string) => void = () => {},
  ): Promise<void> {
    const { store } = this.#options;
    const placements = await store.targets.placements(orgId, { agentId, limit: MAX_PLACEMENTS });
    // What has the traffic there is the last to go: the newest, unless somebody went back.
    const kept: PlacementRecord[] = [];
    for (const placed of placements.toReversed()) {
      try {
        await this.#leave(placed, { log, signal });
      } catch (error) {
        if (!isPlatformError(error) || error.reason !== "TARGET_CONFLICT") throw error;
        kept.push(placed);
      }
    }
    for (const placed of kept) await this.#leave(placed, { log, signal });
  }

  async #leave(
    placed: PlacementRecord,
    { log, signal }: { readonly log: (line: string) => void; readonly signal: AbortSignal },
  ): Promise<void> {
    const { orgId, releaseId, target } = placed;
    await using opened = await this.#open(orgId, target);
    await opened.target.destroy(opened.context(log, signal), placementOf(placed));
    await this.#options.store.targets.removePlacement(orgId, releaseId);
  }

  async *#lines(
    placed: PlacementRecord,
    options: { readonly since: number; readonly follow: boolean },
    signal: AbortSignal,
  ): AsyncGenerator<TargetLogLine> {
    await using opened = await this.#open(placed.orgId, placed.target);
    const context = opened.context(() => {}, signal);
    yield* opened.target.logs(context, placementOf(placed), options);
  }

  async #forgetPlacements(orgId: string, target: string): Promise<void> {
    const { targets } = this.#options.store;
    for (;;) {
      const found = await targets.placements(orgId, { target, limit: MAX_PLACEMENTS });
      if (found.length === 0) return;
      for (const { releaseId } of found) await targets.removePlacement(orgId, releaseId);
    }
  }

  async #named(orgId: string, name: string): Promise<TargetRecord> {
    const found = await this.#options.store.targets.find(orgId, name);
    if (found !== undefined) return found;
    throw new PlatformError("TARGET_NOT_FOUND", `There is no target "${name}".`, {
      hint: "`a2a targets list` shows them.",
    });
  }

  async #open(orgId: string, name: string): Promise<OpenTarget> {
    return await openTarget(this.#options, await this.#named(orgId, name));
  }

  async #audited<T>(
    principal: Principal,
    action: string,
    name: string,
    detail: JsonObject,
    act: () => Promise<T>,
  ): Promise<T> {
    const { orgId, id: actor } = principal;
    const at = this.#options.now().toISOString();
    return await audited(
      this.#options.store.audit,
      { orgId, at, actor, action, resource: name, outcome: "ok", detail },
      act,
    );
  }
}

/** Null takes it away; nothing said leaves it as it is. */
function kept(credential: null | undefined, known: TargetRecord | undefined): string | undefined {
  return credential === null ? undefined : known?.sealedCredential;
}
