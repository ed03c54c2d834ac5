import type { IdGenerator, Principal } from "@berth/protocol";
import type { OutboundHttp, Runtime } from "@berth/runtime";
import type { AuditEntry, Store } from "@berth/store";
import { assertScope } from "./assert-scope.ts";
import { createAuth } from "./auth/create-auth.ts";
import { createCards } from "./cards/create-cards.ts";
import type { SigningKeys } from "./cards/signing-keys.ts";
import type { Control, Doctor } from "./control.ts";
import { createDeploys } from "./deploys/create-deploys.ts";
import { toReleaseSpec } from "./deploys/release-spec.ts";
import { openPush } from "./push/create-push.ts";
import type { RunningPush } from "./push/create-push.ts";
import { createReceipts } from "./receipts/index.ts";
import type { ReceiptBuilder, ReceiptKeys } from "./receipts/index.ts";
import { createRegistry } from "./registry/create-registry.ts";
import { createRemoteAgents } from "./registry/create-remote-agents.ts";
import { toRemoteTarget } from "./registry/remote-release.ts";
import { watchRemoteAgents } from "./registry/watch-remote-agents.ts";
import { createTaskEngine } from "./tasks/create-task-engine.ts";
import { createWebhooks } from "./webhooks/create-webhooks.ts";
import { SecretSealer } from "./webhooks/seal-secret.ts";

export interface ControlOptions {
  readonly store: Store;
  readonly storeKind: string;
  readonly runtime: Runtime;
  /** For addresses that strangers have given us. */
  readonly outbound: Pick<OutboundHttp, "assertUrl" | "request">;
  readonly receiptKeys: ReceiptKeys;
  /** Default: receipts are built on this thread. */
  readonly receiptBuilder?: ReceiptBuilder;
  readonly signingKeys: SigningKeys;
  /** The log's name in its checkpoints, such as `localhost:4100/ledger/1`. */
  readonly ledgerOrigin: string;
  readonly pepper: Uint8Array;
  /** 32 bytes, kept outside the database: seals what must be readable again. */
  readonly secretsKey: Uint8Array;
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
  const { store, storeKind, runtime, ids, now, randomBytes, log } = options;
  const shared = { store, now, ids, ...(log === undefined ? {} : { log }) };
  const receipts = await createReceipts({
    ...shared,
    keys: options.receiptKeys,
    ...(options.receiptBuilder === undefined ? {} : { builder: options.receiptBuilder }),
    origin: options.ledgerOrigin,
    randomBytes,
  });
  const registry = createRegistry({ store, runtime, now });
  const sealer = new SecretSealer({ key: options.secretsKey, randomBytes });
  const remotes = createRemoteAgents({ ...shared, registry, outbound: options.outbound, sealer });
  let push: RunningPush | undefined;
  const tasks = createTaskEngine({
    ...shared,
    registry,
    connector: runtime.connector,
    specOf: (agent) => {
      const remote = toRemoteTarget(agent.release, { sealer, log });
      return { ...toReleaseSpec(agent, options.releasesFolder), ...(remote === undefined ? {} : { remote }) };
    },
    onTerminal: () => receipts.notify(),
    onWritten: (taskId) => push?.notify(taskId),
  });
  const settled = await tasks.recover();
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
  const deploys = createDeploys({
    ...shared,
    runtime,
    releasesFolder: options.releasesFolder,
    workFolder: options.workFolder,
    npmCacheFolder: options.npmCacheFolder,
    buildEnvironment: options.buildEnvironment,
    onPublished: (orgId, name) => registry.forget(orgId, name),
  });
  const auth = createAuth({ store, pepper: options.pepper, now, randomBytes });
  const watch = watchRemoteAgents(remotes, { randomBytes, log });
  let serving = true;
  return {
    auth,
    registry,
    remotes,
    cards: createCards({ keys: options.signingKeys, store, now }),
    deploys,
    tasks,
    receipts,
    push: sending,
    webhooks: createWebhooks({ store, auth, registry, tasks, key: options.secretsKey, ids, now, randomBytes }),
    runtime,
    store,
    ready: () => serving,
    async audit(principal: Principal, limit: number): Promise<readonly AuditEntry[]> {
      assertScope(principal, "admin");
      return await store.audit.list(principal.orgId, limit);
    },
    async doctor(): Promise<Doctor> {
      return { sandbox: await runtime.capabilities(), store: await storeHealth(store, storeKind) };
    },
    async close(graceMs: number): Promise<void> {
      serving = false;
      await watch.close();
      await deploys.close();
      await tasks.close(graceMs);
      await sending.close(graceMs);
      try {
        await receipts.flush();
      } finally {
        await receipts.close();
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
