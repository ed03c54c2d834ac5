import { PlatformError } from "@berth/protocol";
import type { IdGenerator, Principal } from "@berth/protocol";
import type { AttachedHub, AttachedLink } from "@berth/runtime";
import type { AgentWithRelease, Store } from "@berth/store";
import { audited } from "../audit/audited.ts";
import { authorize } from "../auth/authorize.ts";
import { agentNameOf, assertAgentName } from "../registry/agent-name.ts";
import type { RunningRegistry } from "../registry/create-registry.ts";
import type { AttachRequest, AttachedAgents, AttachedStatus, Attachment } from "./attached-agents.ts";
import { describeAttached, isSameRelease, toAttachedRelease } from "./attached-release.ts";
import type { AttachedDescription } from "./attached-release.ts";
import { openAttachment } from "./open-attachment.ts";

export interface AttachedAgentsOptions {
  readonly store: Pick<Store, "agents" | "audit">;
  readonly registry: Pick<RunningRegistry, "forget">;
  readonly hub: AttachedHub;
  readonly ids: IdGenerator;
  readonly now: () => Date;
  readonly log?: (line: string) => void;
}

export function createAttachedAgents(options: AttachedAgentsOptions): AttachedAgents {
  return new HubAttachedAgents(options);
}

class HubAttachedAgents implements AttachedAgents {
  readonly #options: AttachedAgentsOptions;
  /** By name: whoever comes second sees what the first has done. */
  readonly #turns = new Map<string, Promise<unknown>>();
  /** By link. */
  readonly #skews = new Map<string, number>();

  constructor(options: AttachedAgentsOptions) {
    this.#options = options;
  }

  async attach(principal: Principal, request: AttachRequest, link: AttachedLink): Promise<Attachment> {
    authorize(principal, "agent.attach");
    const description = describeAttached(request);
    const name = request.name ?? description.config.name ?? agentNameOf(description.card);
    assertAgentName(name);
    if (principal.agents?.includes(name) === false) {
      throw new PlatformError("PERMISSION_DENIED", `This key is for ${principal.agents.join(", ")} only.`);
    }
    return await this.#inTurn(`${principal.orgId} ${name}`, async () => {
      return await this.#attach(principal, { name, request, description, link });
    });
  }

  status(agentId: string): AttachedStatus | undefined {
    const view = this.#options.hub.view(agentId);
    if (view === undefined) return undefined;
    const { state, machine, since, linkId } = view;
    const skewMs = this.#skews.get(linkId);
    return { state, machine, since, ...(skewMs === undefined ? {} : { clockSkewMs: skewMs }) };
  }

  async #attach(
    principal: Principal,
    {
      name,
      request,
      description,
      link,
    }: {
      readonly name: string;
      readonly request: AttachRequest;
      readonly description: AttachedDescription;
      readonly link: AttachedLink;
    },
  ): Promise<Attachment> {
    const { store, hub, ids } = this.#options;
    const { orgId } = principal;
    const { session, machine, takeOver } = request;
    const known = await store.agents.find(orgId, name);
    assertFree(name, known);
    const before = known === undefined ? undefined : hub.view(known.agent.agentId);
    const goesOn = before !== undefined && before.state !== "detached" && before.session === session;
    if (before?.state === "attached" && !goesOn && !takeOver) throw alreadyAttached(name, before);
    const linkId = ids("instance");
    const detail = { machine, link: linkId, takeOver: before?.state === "attached" && !goesOn };
    const publish = async (
      next: AttachedDescription,
      found: AgentWithRelease | undefined,
    ): Promise<AgentWithRelease> => {
      return await this.#publish(principal, { name, description: next, known: found, detail });
    };
    const isSame = goesOn && known !== undefined && isSameRelease(known.release, description);
    const agent = isSame ? known : await publish(description, known);
    const { agentId } = agent.agent;
    const { releaseId } = agent.release;
    const end = hub.connect({ orgId, agentId, agentName: name, releaseId, instanceId: linkId, session, machine }, link);
    const { now, log } = this.#options;
    return openAttachment({
      agent,
      linkId,
      link,
      end,
      now,
      update: async (described, current) => {
        const next = describeAttached(described);
        if (isSameRelease(current.release, next)) return current;
        return await this.#inTurn(`${orgId} ${name}`, async () => {
          const found = await store.agents.find(orgId, name);
          // Removed, or deployed under the same name meanwhile.
          if (found?.agent.agentId !== agentId) throw gone(name);
          assertFree(name, found);
          return await publish(next, found);
        });
      },
      onClock: (skewMs) => this.#skews.set(linkId, skewMs),
      onOver: () => {
        this.#skews.delete(linkId);
        log?.(`agent ${name}: ${machine} is no longer connected`);
      },
    });
  }

  async #publish(
    principal: Principal,
    {
      name,
      description,
      known,
      detail,
    }: {
      readonly name: string;
      readonly description: AttachedDescription;
      readonly known: AgentWithRelease | undefined;
      readonly detail: { readonly machine: string; readonly link: string; readonly takeOver: boolean };
    },
  ): Promise<AgentWithRelease> {
    const { store, registry, ids, now } = this.#options;
    const { orgId } = principal;
    const at = now().toISOString();
    const agentId = known?.agent.agentId ?? ids("agent");
    const releaseId = ids("release");
    const release = toAttachedRelease(description, { orgId, agentId, releaseId, createdAt: at });
    const entry = { orgId, at, actor: principal.id, action: "agent.attach", resource: name, outcome: "ok" } as const;
    const published = await audited(
      store.audit,
      { ...entry, detail: { ...detail, release: releaseId } },
      async () =>
        await store.agents.publish({ orgId, agentId, name, kind: "attached", activeReleaseId: releaseId }, release),
    );
    registry.forget(orgId, name);
    return published;
  }

  async #inTurn<T>(key: string, act: () => Promise<T>): Promise<T> {
    const mine = (this.#turns.get(key) ?? Promise.resolve()).then(act, act);
    const settled = mine.then(
      () => undefined,
      () => undefined,
    );
    this.#turns.set(key, settled);
    try {
      return await mine;
    } finally {
      if (this.#turns.get(key) === settled) this.#turns.delete(key);
    }
  }
}

/** @throws STORE_CONFLICT */
function assertFree(name: string, known: AgentWithRelease | undefined): void {
  if (known === undefined || known.agent.kind === "attached") return;
  throw new PlatformError("STORE_CONFLICT", `The name "${name}" belongs to an agent that is ${known.agent.kind}.`, {
    hint: "Attach under another name: a2a dev --name NAME.",
  });
}

function alreadyAttached(name: string, { machine, since }: AttachedStatus): PlatformError {
  return new PlatformError("STORE_CONFLICT", `"${name}" is attached from ${machine} since ${since}.`, {
    hint: "Take it over with `a2a dev --take-over`, or attach under another name with --name.",
  });
}

function gone(name: string): PlatformError {
  return new PlatformError("AGENT_NOT_FOUND", `The agent "${name}" was removed while it was attached.`, {
    hint: "Attach it again.",
  });
}
