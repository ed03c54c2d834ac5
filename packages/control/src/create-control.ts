import { hash } from "node:crypto";
import type { ReleaseSpec } from "@berth/runtime";
import type { AgentWithRelease, Store } from "@berth/store";
import { toAttachedTarget } from "./attached/attached-release.ts";
import { createAttachedAgents } from "./attached/create-attached-agents.ts";
import { noteLateEvents } from "./audit/note-late-events.ts";
import { createAuditLog } from "./audit/create-audit-log.ts";
import { withOrigin } from "./audit/request-origin.ts";
import { createApps } from "./apps/create-apps.ts";
import { createAppSessions } from "./auth/create-app-sessions.ts";
import { authorize } from "./auth/authorize.ts";
import { createAuth } from "./auth/create-auth.ts";
import { currentPrincipal } from "./auth/current-principal.ts";
import { Members } from "./auth/members.ts";
import { Sessions } from "./auth/sessions.ts";
import { createBilling } from "./billing/create-billing.ts";
import { createJournalOf } from "./billing/post-run.ts";
import { createCards } from "./cards/create-cards.ts";
import type { ControlOptions } from "./control-options.ts";
import type { Control, Doctor } from "./control.ts";
import { createDistributions } from "./distribution/create-distributions.ts";
import { openDeploys, rootfsBeside } from "./deploys/open-deploys.ts";
import type { OpenedDeploys } from "./deploys/open-deploys.ts";
import { Candidates } from "./evals/candidates.ts";
import { createEvals } from "./evals/create-evals.ts";
import type { RunningEvals } from "./evals/create-evals.ts";
import { createJudge } from "./evals/create-judge.ts";
import { toReleaseSpec } from "./deploys/release-spec.ts";
import { agentSpiffeId, platformSpiffeId } from "./identity/spiffe-id.ts";
import { openPush } from "./push/create-push.ts";
import type { RunningPush } from "./push/create-push.ts";
import { openProof } from "./receipts/open-proof.ts";
import { createGrants } from "./grants/create-grants.ts";
import { defaultRates } from "./limits/default-rates.ts";
import { createLimits } from "./limits/create-limits.ts";
import { createEmbedders } from "./memory/embedders/create-embedders.ts";
import { openMemory } from "./memory/create-memory.ts";
import { createIdentity } from "./identity/create-identity.ts";
import { openOAuth } from "./oauth/create-oauth.ts";
import { createModels } from "./models/create-models.ts";
import { createReviews } from "./reviews/create-reviews.ts";
import { createRegistry } from "./registry/create-registry.ts";
import { CanaryWatch } from "./releases/canary-watch.ts";
import { createReleases } from "./releases/create-releases.ts";
import { ReleaseTallies } from "./releases/release-tallies.ts";
import { TrafficSwitch } from "./releases/traffic-switch.ts";
import { createRemoteAgents } from "./registry/create-remote-agents.ts";
import { toRemoteTarget } from "./registry/remote-release.ts";
import { watchRemoteAgents } from "./registry/watch-remote-agents.ts";
import { createSecrets } from "./secrets/create-secrets.ts";
import { LocalKeyEncryption } from "./secrets/local-key-encryption.ts";
import { openAgentServices } from "./services/open-agent-services.ts";
import { createGoogleTokens } from "./targets/google-tokens.ts";
import { toPlacedTarget } from "./targets/placed-release.ts";
import { PlacedTraffic } from "./targets/placed-traffic.ts";
import { TaskChangeHub } from "./tasks/task-changes.ts";
import { createTaskEngine } from "./tasks/create-task-engine.ts";
import type { RunningTaskEngine } from "./tasks/create-task-engine.ts";
import { createOrganizations } from "./users/create-organizations.ts";
import { DEFAULT_TELEMETRY_RETENTION, createTelemetry } from "./telemetry/create-telemetry.ts";
import type { RunningTelemetry } from "./telemetry/create-telemetry.ts";
import { createUsers } from "./users/create-users.ts";
import { createWebhooks } from "./webhooks/create-webhooks.ts";
import { SecretSealer } from "./webhooks/seal-secret.ts";
import { openWorkspaces } from "./workspaces/open-workspaces.ts";

export interface RunningControl extends Control {
  /** Drains deployments, turns and the sealer, in this order. */
  close(graceMs: number): Promise<void>;
}

/** Puts the use cases together and settles what an earlier process left. Ready to serve when it resolves. */
export async function openControl(options: ControlOptions): Promise<RunningControl> {
  const { storeKind, runtime, ids, now, randomBytes, log } = options;
  const candidates = new Candidates();
  const agents = candidates.over(options.store.agents);
  const store = { ...options.store, agents, audit: withOrigin(options.store.audit) };
  const shared = { store, now, ids, ...(log === undefined ? {} : { log }) };
  const workspaces = openWorkspaces({
    ...shared,
    blobs: options.blobs,
    limits: options.workspaceLimits ?? {},
    folder: options.workspaceFolder,
    writerId: (agent) => agentSpiffeId(options.domain ?? "localhost", agent),
  });
  const { domain = "localhost", outbound } = options;
  // What an earlier process left is sealed at once.
  let metrics: RunningTelemetry["metrics"] | undefined;
  let sealedEvals: Pick<RunningEvals, "notify"> | undefined;
  const proof = await openProof({
    ...shared,
    onSealed: (sealed) => {
      metrics?.sealed(sealed);
      workspaces.saveOutputs();
      sealedEvals?.notify();
    },
    onErased: async (orgId, taskId) => {
      tasks.forget(taskId);
      await telemetry.eraseTask(orgId, taskId);
    },
    keys: options.receiptKeys,
    builder: options.receiptBuilder,
    origin: options.ledgerOrigin,
    domain,
    anchors: options.anchors ?? {},
    outbound,
    randomBytes,
  });
  const { receipts, witnesses, anchors, ledgerWatch } = proof;
  const registry = createRegistry({
    store: { ...store, agents: options.store.agents },
    runtime,
    leaveTargets: async (...agent) => await placed.leave(...agent),
    now,
  });
  const identity = createIdentity({
    ...shared,
    outbound: options.outbound,
    signingKeys: options.signingKeys,
    domain: options.domain ?? "localhost",
    publicUrl: options.publicUrl ?? (() => "http://localhost"),
  });
  const { secretsKey, earlierSecretsKeys = [] } = options;
  const sealer = new SecretSealer({ key: secretsKey, earlierKeys: earlierSecretsKeys, randomBytes });
  const secrets = createSecrets({
    ...shared,
    keys: options.keyEncryption ?? new LocalKeyEncryption([secretsKey, ...earlierSecretsKeys], randomBytes),
    randomBytes,
  });
  const rewrapped = await secrets.rewrap();
  if (rewrapped > 0) log?.(`${rewrapped} secrets are now under the new master key`);
  runtime.useSecrets(secrets);
  const remotes = createRemoteAgents({ ...shared, registry, outbound: options.outbound, sealer });
  let push: RunningPush | undefined;
  const rates = options.rates ?? defaultRates();
  const limits = createLimits({
    ...shared,
    defaults: rates === "off" ? undefined : rates,
    onExceeded: (taskId, error) => {
      void tasks.fail(taskId, error).catch((cause: unknown) => log?.(`ending ${taskId}: ${String(cause)}`));
    },
  });
  const models = createModels({ ...shared, outbound: options.outbound, secrets, meter: limits.meter, randomBytes });
  const telemetry = createTelemetry({
    ...shared,
    outbound,
    secrets,
    key: hash("sha256", Buffer.from(options.pepper).toString("base64"), "buffer"),
    retention: { ...DEFAULT_TELEMETRY_RETENTION, ...options.telemetry },
    traceOf: (taskId) => tasks.traceOf(taskId),
    platform: { instances: () => runtime.instances(), turns: () => tasks.turns },
    randomBytes,
  });
  metrics = telemetry.metrics;
  await telemetry.start();
  runtime.useTelemetry(telemetry.instances);
  const grants = createGrants({ store, keys: options.grantKeys, ids, now, randomBytes });
  const { embeddings } = options;
  const embedders = createEmbedders(embeddings === undefined ? undefined : { ...embeddings, outbound });
  const memory = openMemory({ ...shared, registry, embedders });
  const services = openAgentServices({
    memory: memory.spacesOfRuns,
    charge: async (run, used) => await limits.meter.charge(run, used),
    models: (parts) => models.forAgents(parts),
    ...shared,
    grants,
    files: workspaces.raw,
    identity,
    runtime,
    tasks: () => tasks,
    outbound: options.outbound,
    signingKeys: options.signingKeys,
  });
  const google = createGoogleTokens({ now });
  const rootfsFolder = options.rootfsFolder ?? rootfsBeside(options.releasesFolder);
  const specOf = (agent: AgentWithRelease): ReleaseSpec => {
    const remote =
      toRemoteTarget(agent.release, { sealer, log }) ?? toPlacedTarget(agent.release, { ...options, google });
    const attached = toAttachedTarget(agent);
    return {
      ...toReleaseSpec(agent, options.releasesFolder, rootfsFolder),
      ...(remote === undefined ? {} : { remote }),
      ...(attached === undefined ? {} : { attached }),
    };
  };
  const onMoved = (orgId: string, name: string): void => registry.forget(orgId, name);
  const placed = new PlacedTraffic({ ...shared, targets: () => delivery.targets });
  const traffic = new TrafficSwitch({ ...shared, runtime, specOf, onMoved, placed });
  const tallies = new ReleaseTallies(store, log);
  const canaries = new CanaryWatch({ ...shared, tallies, traffic });
  const changes = new TaskChangeHub();
  const tasks: RunningTaskEngine = createTaskEngine({
    ...shared,
    registry,
    connector: runtime.connector,
    issueCredentials: services.issueCredentials,
    adopt: async (...run) => await services.adopt(...run),
    specOf,
    calls: limits.calls,
    telemetry: telemetry.tasks,
    assertRoom: ({ agent, release }) => {
      if (agent.kind === "attached") runtime.attached.assertReachable(agent.agentId);
      else runtime.assertRoom(release);
    },
    journalOf: createJournalOf(store),
    onMoved: (task, events) => changes.moved(task, events),
    onUsed: (taskId, more) => {
      limits.meter.charge({ taskId }, more).catch((error: unknown) => log?.(`counting ${taskId}: ${String(error)}`));
    },
    onTerminal: (task, journal) => {
      limits.meter.end(task.taskId, journal?.amountMicros);
      ledgerWatch.ended(task);
      services.endRun(task);
      void canaries.ended({ ...task, elapsedMs: journal?.elapsedMs ?? 0 });
      receipts.notify();
    },
    onWritten: (taskId) => push?.notify(taskId),
    onLate: async (record, bodies) => await noteLateEvents({ store, now }, record, bodies),
  });
  services.serve();
  await canaries.start();
  const settled = await tasks.recover();
  await services.recover();
  await tasks.resumeRuns();
  if (settled > 0) log?.(`${settled} tasks of an earlier process ended in FAILED: PLATFORM_RESTARTED`);
  const sending = openPush({
    ...shared,
    tasks,
    outbound: options.outbound,
    signer: options.signingKeys.webhooks,
    sealer,
    randomBytes,
  });
  push = sending;
  const evals = createEvals({
    ...shared,
    registry,
    tasks,
    receipts,
    judge: createJudge({ models, store, randomBytes }),
    candidates,
    platformId: platformSpiffeId(domain),
  });
  sealedEvals = evals;
  await evals.recover();
  const members = new Members(shared);
  const sessions = new Sessions({ ...shared, randomBytes });
  const auth = createAuth({ ...shared, pepper: options.pepper, randomBytes, members, sessions });
  const delivery: OpenedDeploys = openDeploys({
    ...options,
    ...shared,
    secrets,
    sealer,
    google,
    auth,
    specOf,
    principalOf: async (principal) => await currentPrincipal(auth, principal),
    files: workspaces.raw,
    scrubberOf: async (orgId) => await secrets.scrubberOf(orgId),
    traffic,
    evals,
    onPublished: (agent) => {
      registry.forget(agent.orgId, agent.name);
      canaries.see(agent);
    },
  });
  const { deploys } = delivery;
  await deploys.recover();
  const oauth = openOAuth({ ...shared, auth, randomBytes });
  const appSessions = createAppSessions({ ...shared, auth, sessions, registry, randomBytes, pepper: options.pepper });
  const users = createUsers({ ...shared, members, sessions });
  const watch = watchRemoteAgents(remotes, { randomBytes, log });
  let serving = true;
  return {
    auth,
    appSessions,
    apps: createApps(options.releasesFolder),
    identity,
    oauth,
    users,
    organizations: createOrganizations({ ...shared, auth, users }),
    registry,
    remotes,
    attached: createAttachedAgents({ ...shared, registry, hub: runtime.attached }),
    cards: createCards({ keys: options.signingKeys, store, now }),
    deploys,
    gitRepositories: delivery.gitRepositories,
    sources: delivery.sources,
    distributions: createDistributions({
      ...shared,
      registry,
      receipts,
      images: delivery.places,
      publicUrl: options.publicUrl ?? (() => "http://localhost"),
      domain,
    }),
    targets: delivery.targets,
    images: delivery.images,
    imageTransfers: delivery.imageTransfers,
    releases: createReleases({ ...shared, registry, runtime, traffic, tallies, canaries }),
    tasks,
    changes,
    receipts,
    reviews: createReviews({ ...shared, receipts }),
    witnesses,
    anchors,
    push: sending,
    webhooks: createWebhooks({ store, auth, registry, tasks, sealer, ids, now, randomBytes }),
    secrets,
    workspaces,
    grants,
    approvals: services.approvals,
    limits,
    models,
    evals,
    memory,
    billing: createBilling({ ...shared, receipts }),
    telemetry,
    runtime,
    store,
    ready: () => serving,
    audit: createAuditLog({ store, ledger: receipts, now, log }),
    async doctor({ orgId }): Promise<Doctor> {
      const { differences, checkedAt } = ledgerWatch.report(orgId);
      return {
        sandbox: await runtime.capabilities(),
        store: await storeHealth(store, storeKind),
        ledger: {
          ok: differences.length === 0,
          ...(checkedAt === undefined ? {} : { checkedAt }),
          differences: differences.length,
        },
      };
    },
    watched(principal) {
      authorize(principal, "ledger.check");
      return ledgerWatch.report(principal.orgId);
    },
    async close(graceMs: number): Promise<void> {
      serving = false;
      oauth.close();
      await watch.close();
      await placed.close();
      await delivery.close();
      await evals.close();
      await tasks.close(graceMs);
      await canaries.close();
      await tallies.close();
      await services.close();
      await memory.close();
      await limits.close();
      await ledgerWatch.close();
      await sending.close(graceMs);
      try {
        await proof.close();
      } finally {
        await workspaces.close();
        await telemetry.close();
      }
    },
  };
}

async function storeHealth(store: Store, kind: string): Promise<Doctor["store"]> {
  try {
    await store.ping();
    return { kind, ok: true };
  } catch (error) {
    return { kind, ok: false, detail: error instanceof Error ? error.message : String(error) };
  }
}
