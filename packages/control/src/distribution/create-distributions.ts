import { PlatformError } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import type { AgentWithRelease, ConformanceCheck, ConformanceRecord, DeploymentRecord, Store } from "@berth/store";
import { audited } from "../audit/audited.ts";
import { authorize } from "../auth/authorize.ts";
import { canonicalText } from "../receipts/canonical-text.ts";
import { digestOf } from "../receipts/node-sha256.ts";
import type { Registry } from "../registry/registry.ts";
import type { Dependents, Distributions, HistoryEntry, ReleaseChanges, ReleaseDistribution } from "./distributions.ts";
import { findDependents } from "./find-dependents.ts";
import type { FindDependentsOptions } from "./find-dependents.ts";
import { releaseChanges } from "./release-changes.ts";
import { ReleaseDocuments } from "./release-documents.ts";
import type { FoundDocuments, ReleaseDocumentsOptions } from "./release-documents.ts";

/** Deployments that are looked through for the one that a release came by. */
const MAX_DEPLOYMENTS = 1_000;

export interface DistributionsOptions extends ReleaseDocumentsOptions, FindDependentsOptions {
  readonly store: Pick<
    Store,
    "agents" | "audit" | "conformance" | "deployments" | "evals" | "images" | "targets" | "tasks"
  >;
  readonly registry: Pick<Registry, "find" | "findRelease">;
  readonly now: () => Date;
}

export function createDistributions(options: DistributionsOptions): Distributions {
  return new StoredDistributions(options);
}

class StoredDistributions implements Distributions {
  readonly #options: DistributionsOptions;
  readonly #documents: ReleaseDocuments;

  constructor(options: DistributionsOptions) {
    this.#options = options;
    this.#documents = new ReleaseDocuments(options);
  }

  async release(principal: Principal, agentName: string, wanted: string): Promise<ReleaseDistribution> {
    const found = await this.#find(principal, agentName, wanted);
    const { release } = found;
    const { orgId, releaseId } = release;
    const { store } = this.#options;
    const [documents, releases, conformance, evals, dependents, placed] = await Promise.all([
      this.#documentsOf(found),
      store.agents.releases(orgId, release.agentId),
      store.conformance.find(orgId, releaseId),
      store.evals.latest(orgId, [releaseId]),
      findDependents(this.#options, principal, found),
      store.targets.placement(orgId, releaseId),
    ]);
    const at = releases.findIndex((each) => each.releaseId === releaseId);
    const { image, provenance, sbom } = documents;
    const url = placed?.placement["url"];
    return {
      agentName,
      release,
      ...(image === undefined ? {} : { image }),
      ...(sbom === undefined ? {} : { sbom: { ...sbom, packages: packagesIn(sbom.bytes) } }),
      ...(provenance === undefined ? {} : { provenance }),
      cardDigest: digestOf(canonicalText(release.card)),
      changes: releaseChanges(at === -1 ? undefined : releases[at + 1], release),
      ...(conformance === undefined ? {} : { conformance }),
      evals,
      dependents,
      ...(release.target === undefined
        ? {}
        : { placement: { target: release.target, ...(typeof url === "string" ? { url } : {}) } }),
    };
  }

  async sbom(principal: Principal, agentName: string, wanted: string): Promise<Uint8Array> {
    const { sbom } = await this.#documentsOf(await this.#find(principal, agentName, wanted));
    if (sbom === undefined) throw noDocument("bill of materials");
    return sbom.bytes;
  }

  async provenance(principal: Principal, agentName: string, wanted: string): Promise<Uint8Array> {
    const { provenance } = await this.#documentsOf(await this.#find(principal, agentName, wanted));
    if (provenance === undefined) throw noDocument("provenance");
    return provenance.bytes;
  }

  async changes(
    principal: Principal,
    agentName: string,
    { from, to }: { readonly from: string; readonly to: string },
  ): Promise<ReleaseChanges> {
    const before = await this.#find(principal, agentName, from);
    const after = await this.#find(principal, agentName, to);
    return releaseChanges(before.release, after.release);
  }

  async history(principal: Principal, agentName: string, limit: number): Promise<readonly HistoryEntry[]> {
    authorize(principal, "agent.inspect");
    const { agent } = await this.#options.registry.find(principal, agentName);
    const { store } = this.#options;
    const [releases, deployments] = await Promise.all([
      store.agents.releases(agent.orgId, agent.agentId),
      this.#deploymentsOf(agent.orgId, agentName),
    ]);
    return releases.slice(0, limit).map((release, at) => {
      const by = deployments.get(release.releaseId)?.createdBy;
      return {
        release,
        cardDigest: digestOf(canonicalText(release.card)),
        changes: releaseChanges(releases[at + 1], release),
        ...(by === undefined ? {} : { by }),
      };
    });
  }

  async dependents(principal: Principal, agentName: string): Promise<Dependents> {
    authorize(principal, "agent.inspect");
    return await findDependents(this.#options, principal, await this.#options.registry.find(principal, agentName));
  }

  async keepConformance(
    principal: Principal,
    agentName: string,
    checks: readonly ConformanceCheck[],
  ): Promise<ConformanceRecord> {
    authorize(principal, "eval.run");
    const { release } = await this.#options.registry.find(principal, agentName);
    const { store, now } = this.#options;
    const { orgId, agentId, releaseId } = release;
    const at = now().toISOString();
    const record: ConformanceRecord = { orgId, agentId, releaseId, checks, by: principal.id, at };
    const failed = checks.filter(({ outcome }) => outcome === "failed").length;
    const entry = {
      orgId,
      at,
      actor: principal.id,
      action: "agent.conformance",
      resource: agentName,
      detail: { release: releaseId, failed },
      outcome: "ok",
    } as const;
    return await audited(store.audit, entry, async () => {
      await store.conformance.save(record);
      return record;
    });
  }

  async #find(principal: Principal, agentName: string, wanted: string): Promise<AgentWithRelease> {
    authorize(principal, "agent.inspect");
    return await this.#options.registry.findRelease(principal, agentName, wanted);
  }

  async #documentsOf({ agent, release }: AgentWithRelease): Promise<FoundDocuments> {
    if (release.image === undefined) return {};
    const deployment = (await this.#deploymentsOf(agent.orgId, agent.name)).get(release.releaseId);
    const deploymentId = deployment?.deploymentId;
    return await this.#documents.find({
      agentName: agent.name,
      release,
      ...(deploymentId === undefined ? {} : { deploymentId }),
    });
  }

  /** By release: the one that made it, and not those that found it unchanged. */
  async #deploymentsOf(orgId: string, agentName: string): Promise<ReadonlyMap<string, DeploymentRecord>> {
    const newest = await this.#options.store.deployments.list(orgId, { agentName, limit: MAX_DEPLOYMENTS });
    return new Map(newest.flatMap((each) => (each.releaseId === undefined ? [] : [[each.releaseId, each] as const])));
  }
}

/** Of a CycloneDX document; what is none has none. */
function packagesIn(bytes: Uint8Array): number {
  try {
    const bom: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    const { components } = bom as { readonly components?: unknown }; // whatever it is, it is read with care
    return Array.isArray(components) ? components.length : 0;
  } catch {
    return 0;
  }
}

function noDocument(what: string): PlatformError {
  return new PlatformError("IMAGE_NOT_FOUND", `The release has no ${what}.`, {
    hint: "Releases that are built here have one; deploy the agent again.",
  });
}
