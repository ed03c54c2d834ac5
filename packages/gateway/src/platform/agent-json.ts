import { createHash } from "node:crypto";
import type { AttachedStatus, RemoteStatus } from "@berth/control";
import { isAllowed } from "@berth/protocol";
import type { AgentSkill, Principal } from "@berth/protocol";
import type { Edge } from "../edge/edge.ts";
import { hostAddress } from "../edge/preview-name.ts";
import { agentAddress } from "./agent-address.ts";
import { toConfigJson } from "./config-json.ts";
import { toEvalStatistics, toSamplingStatistics } from "./eval-json.ts";
import type { AgentView, EvalSampling, EvalSummary } from "./records.ts";

export async function toAgentJson(edge: Edge, agent: AgentView, principal: Principal): Promise<object> {
  const [only = {}] = await toAgentsJson(edge, [agent], principal);
  const isShown = agent.agent.kind === "deployed" && isAllowed(principal, "agent.inspect");
  return isShown ? { ...only, config: toConfigJson(agent.release.config) } : only;
}

/** Of one organization. One question for the last scores of all. */
export async function toAgentsJson(
  edge: Edge,
  agents: readonly AgentView[],
  principal: Principal,
): Promise<readonly object[]> {
  const { evals } = edge.control;
  const [latest, sampled] = await Promise.all([evals.latest(agents), evals.sampled(agents)]);
  return agents.map((agent) => {
    const { releaseId } = agent.release;
    return toJson(edge, agent, principal, { latest: latest.get(releaseId), sampled: sampled.get(releaseId) });
  });
}

function toJson(
  edge: Edge,
  { agent, release }: AgentView,
  principal: Principal,
  evals: { readonly latest: EvalSummary | undefined; readonly sampled: EvalSampling | undefined },
): object {
  const { card, config } = release;
  const instances = edge.control.runtime.instances(agent.agentId);
  const base = agentAddress(edge, agent.name);
  return {
    name: agent.name,
    agentId: agent.agentId,
    kind: agent.kind,
    description: card.description,
    version: card.version,
    release: release.releaseId,
    visibility: config.visibility,
    tags: config.tags,
    skills: card.skills.map((skill) => toSkillJson(skill, release)),
    url: `${base}/`,
    // Of the card as the agent gave it: /v1/agents/{name}/card?form=upstream.
    ...(release.upstreamCard === undefined ? {} : { upstreamDigest: digestOf(release.upstreamCard) }),
    cardUrl: `${base}/.well-known/agent-card.json`,
    mcpUrl: `${base}/mcp`,
    ...(config.frontend === undefined || agent.kind !== "deployed"
      ? {}
      : { appUrl: `${hostAddress(edge, { name: agent.name })}/app/` }),
    state: placeOf(edge, { agent, release }) ?? stateOf(instances),
    ...(evals.latest === undefined ? {} : { evals: toEvalStatistics(evals.latest) }),
    ...(evals.sampled === undefined ? {} : { sampled: toSamplingStatistics(evals.sampled) }),
    trusted: release.trusted,
    ...(release.target === undefined || principal.kind === "anonymous" ? {} : { target: release.target }),
    // How it is run concerns who belongs here, not every visitor.
    instances: principal.kind === "anonymous" ? [] : instances.map(toInstanceJson),
    ...(release.remote === undefined && agent.kind !== "attached" && principal.kind !== "anonymous"
      ? { health: toHealthJson(edge.control.runtime.health(agent.agentId), isAllowed(principal, "agent.inspect")) }
      : {}),
    ...(release.remote === undefined || principal.kind === "anonymous"
      ? {}
      : { remote: toRemoteJson(release, release.remote, edge.control.remotes.status(release.releaseId)) }),
    ...(agent.kind === "attached" && principal.kind !== "anonymous"
      ? { attached: toAttachedJson(edge.control.attached.status(agent.agentId)) }
      : {}),
    createdAt: agent.createdAt,
    updatedAt: agent.updatedAt,
  };
}

function toSkillJson({ id, name, description, tags }: AgentSkill, { skillSchemas }: AgentView["release"]): object {
  const schemas = skillSchemas.find((each) => each.id === id);
  return {
    id,
    name,
    description,
    tags,
    ...(schemas?.inputSchema === undefined ? {} : { inputSchema: schemas.inputSchema }),
    ...(schemas?.outputSchema === undefined ? {} : { outputSchema: schemas.outputSchema }),
  };
}

type RemoteRelease = NonNullable<AgentView["release"]["remote"]>;

function toRemoteJson(
  { digest }: AgentView["release"],
  { cardUrl, url, protocolBinding, protocolVersion, credential }: RemoteRelease,
  status: RemoteStatus | undefined,
): object {
  return {
    cardUrl,
    interface: { url, protocolBinding, protocolVersion },
    cardDigest: digest,
    credential: credential === undefined ? null : credential.header,
    checkedAt: status?.checkedAt ?? null,
    ...(status?.problem === undefined ? {} : { problem: status.problem }),
    ...(status?.drift === undefined ? {} : { drift: status.drift }),
  };
}

/** Of agents that do not run here. */
function placeOf(
  edge: Edge,
  { agent, release }: AgentView,
): "remote" | "drifted" | "attached" | "detached" | undefined {
  if (release.remote !== undefined) return remoteState(edge, release.releaseId);
  if (release.target !== undefined) return "remote";
  if (agent.kind !== "attached") return undefined;
  return edge.control.attached.status(agent.agentId)?.state === "attached" ? "attached" : "detached";
}

/** Whose machine it is; after a restart of the platform nobody knows until it is back. */
function toAttachedJson(status: AttachedStatus | undefined): object {
  if (status === undefined) return { machine: null, since: null };
  const { machine, since, clockSkewMs } = status;
  return { machine, since, ...(clockSkewMs === undefined ? {} : { clockSkewMs }) };
}

function remoteState({ control }: Edge, releaseId: string): "remote" | "drifted" {
  return control.remotes.status(releaseId)?.drift === undefined ? "remote" : "drifted";
}

type InstanceView = ReturnType<Edge["control"]["runtime"]["instances"]>[number];

function toInstanceJson({ instanceId, releaseId, state, activeCalls, startedAt }: InstanceView): object {
  return { instanceId, release: releaseId, state, activeCalls, startedAt };
}

type Health = ReturnType<Edge["control"]["runtime"]["health"]>;

/** What an agent printed is for those who may read its log, and messages may quote it. */
function toHealthJson({ state, fault, restarts, retryAt }: Health, inspects: boolean): object {
  return {
    state,
    restarts,
    ...(retryAt === undefined ? {} : { retryAt }),
    ...(fault === undefined ? {} : { reason: fault.reason, since: fault.at, release: fault.releaseId }),
    ...(fault === undefined || !inspects
      ? {}
      : { detail: fault.detail, instanceId: fault.instanceId, output: fault.output }),
  };
}

/** The best of its instances. */
function stateOf(instances: readonly InstanceView[]): "sleeping" | "starting" | "ready" | "draining" {
  const order = ["ready", "starting", "draining"] as const;
  return order.find((state) => instances.some((instance) => instance.state === state)) ?? "sleeping";
}

function digestOf(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}
