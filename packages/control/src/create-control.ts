import { hash } from "node:crypto";
import type { IdGenerator } from "@berth/protocol";
import type { HostFolder, OutboundHttp, ReleaseSpec, Runtime } from "@berth/runtime";
import type { AgentWithRelease, BlobStore, Store } from "@berth/store";
import type { AnchorPlaces } from "./anchors/open-sinks.ts";
import { toAttachedTarget } from "./attached/attached-release.ts";
import { createAttachedAgents } from "./attached/create-attached-agents.ts";
import { noteLateEvents } from "./audit/note-late-events.ts";
import { createAuditLog } from "./audit/create-audit-log.ts";
import { withOrigin } from "./audit/request-origin.ts";
import { createApps } from "./apps/create-apps.ts";
import { createAppSessions } from "./auth/create-app-sessions.ts";
import { authorize } from "./auth/authorize.ts";
import { createAuth } from "./auth/create-auth.ts";
import { Members } from "./auth/members.ts";
import { Sessions } from "./auth/sessions.ts";
import { createBilling } from "./billing/create-billing.ts";
import { createJournalOf } from "./billing/post-run.ts";
import { createCards } from "./cards/create-cards.ts";
import type { SigningKeys } from "./cards/signing-keys.ts";
import type { Control, Doctor } from "./control.ts";
import { createDeploys } from "./deploys/create-deploys.ts";
import { Candidates } from "./evals/candidates.ts";
import { createEvals } from "./evals/create-evals.ts";
import type { RunningEvals } from "./evals/create-evals.ts";
import { createJudge } from "./evals/create-judge.ts";
import { toReleaseSpec } from "./deploys/release-spec.ts";
import { agentSpiffeId, platformSpiffeId } from "./identity/spiffe-id.ts";
import { openPush } from "./push/create-push.ts";
import type { RunningPush } from "./push/create-push.ts";
import { openProof } from "./receipts/open-proof.ts";
import type { ReceiptBuilder, ReceiptKeys } from "./receipts/index.ts";
import { createGrants } from "./grants/create-grants.ts";
import type { GrantKeys } from "./grants/grant-keys.ts";
import type { DefaultRates } from "./limits/default-rates.ts";
import { defaultRates } from "./limits/default-rates.ts";
import { createLimits } from "./limits/create-limits.ts";
import { createEmbedders } from "./memory/embedders/create-embedders.ts";
import type { EmbeddingsEndpoint } from "./memory/embedders/remote-embedder.ts";
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
import type { KeyEncryption } from "./secrets/key-encryption.ts";
import { LocalKeyEncryption } from "./secrets/local-key-encryption.ts";
import { openAgentServices } from "./services/open-agent-services.ts";
import { TaskChangeHub } from "./tasks/task-changes.ts";
import { createTaskEngine } from "./tasks/create-task-engine.ts";
import type { RunningTaskEngine } from "./tasks/create-task-engine.ts";
import { createOrganizations } from "./users/create-organizations.ts";
import { DEFAULT_TELEMETRY_RETENTION, createTelemetry } from "./telemetry/create-telemetry.ts";
import type { RunningTelemetry, TelemetryRetention } from "./telemetry/create-telemetry.ts";
import { createUsers } from "./users/create-users.ts";
import { createWebhooks } from "./webhooks/create-webhooks.ts";
import { SecretSealer } from "./webhooks/seal-secret.ts";
import { openWorkspaces } from "./workspaces/open-workspaces.ts";
import type { WorkspaceLimits } from "./workspaces/workspace-limits.ts";

export interface ControlOptions {
  readonly store: Store;
  readonly storeKind: string;
  /** The bytes of workspace files. */
  readonly blobs: BlobStore;
  /** Default: DEFAULT_WORKSPACE_LIMITS. */
  readonly workspaceLimits?: Partial<WorkspaceLimits>;
  /** Local development: this folder of the machine is the workspace of the default organization. */
  readonly workspaceFolder?: HostFolder;
  /** `off`: only organizations' and agents' own limits hold. Default: `defaultRates()`. */
  readonly rates?: DefaultRates | "off";
  readonly runtime: Runtime;
  /** For addresses that strangers have given us. */
  readonly outbound: Pick<OutboundHttp, "assertUrl" | "request" | "stream">;
  readonly receiptKeys: ReceiptKeys;
  /** Default: receipts are built on this thread. */
  readonly receiptBuilder?: ReceiptBuilder;
  readonly signingKeys: SigningKeys;
  readonly grantKeys: GrantKeys;
  /** The log's name in its checkpoints, such as `localhost:4100/ledger/1`. */
  readonly ledgerOrigin: string;
  /** Where checkpoints are anchored besides; default: nowhere. */
  readonly anchors?: AnchorPlaces;
  /** Where texts of memories get their vectors; default: here, by their words. */
  readonly embeddings?: EmbeddingsEndpoint;
  /** How long telemetry is kept; default: DEFAULT_TELEMETRY_RETENTION. */
  readonly telemetry?: Partial<TelemetryRetention>;
  /** The trust domain of agents' SPIFFE ids; default localhost. */
  readonly domain?: string;
  /** Where the platform is reached, without a trailing slash: the issuer of its tokens. Known at the first call. */
  readonly publicUrl?: () => string;
  readonly pepper: Uint8Array;
  /** 32 bytes, kept outside the database: seals what must be readable again. */
  readonly secretsKey: Uint8Array;
  /** Keys it has replaced: what was sealed under them can still be read. */
  readonly earlierSecretsKeys?: readonly Uint8Array[];
  /** Wraps the data keys of secrets; default: `secretsKey` does. */
  readonly keyEncryption?: KeyEncryption;
  readonly releasesFolder: string;
  readonly workFolder: string;
  readonly npmCacheFolder: string;
  readonly buildEnvironment: Readonly<Record<string, string | undefined>>;
  readonly ids: IdGenerator;
  readonly now: () => Date;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly log?: (line: string) => void;
}

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
    onErased: (taskId) => tasks.forget(taskId),
    keys: options.receiptKeys,
    builder: options.receiptBuilder,
    origin: options.ledgerOrigin,
    domain,
    anchors: options.anchors ?? {},
    outbound,
    randomBytes,
  });
  const { receipts, witnesses, anchors, ledgerWatch } = proof;
  const registry = createRegistry({ store: { ...store, agents: options.store.agents }, runtime, now });
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
  const specOf = (agent: AgentWithRelease): ReleaseSpec => {
    const remote = toRemoteTarget(agent.release, { sealer, log });
    const attached = toAttachedTarget(agent);
    return {
      ...toReleaseSpec(agent, options.releasesFolder),
      ...(remote === undefined ? {} : { remote }),
      ...(attached === undefined ? {} : { attached }),
    };
  };
  const onMoved = (orgId: string, name: string): void => registry.forget(orgId, name);
  const traffic = new TrafficSwitch({ ...shared, runtime, specOf, onMoved });
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
  const deploys = createDeploys({
    ...shared,
    files: workspaces.raw,
    runtime,
    releasesFolder: options.releasesFolder,
    workFolder: options.workFolder,
    npmCacheFolder: options.npmCacheFolder,
    buildEnvironment: options.buildEnvironment,
    scrubberOf: async (orgId) => await secrets.scrubberOf(orgId),
    traffic,
    evals,
    onPublished: (agent) => {
      registry.forget(agent.orgId, agent.name);
      canaries.see(agent);
    },
  });
  const members = new Members(shared);
  const sessions = new Sessions({ ...shared, randomBytes });
  const auth = createAuth({ ...shared, pepper: options.pepper, randomBytes, members, sessions });
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
      await deploys.close();
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
