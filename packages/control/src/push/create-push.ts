import { PlatformError, hasScope, isTerminal } from "@berth/protocol";
import type { IdGenerator, ProtocolVersion, TaskPushNotificationConfig } from "@berth/protocol";
import type { OutboundHttp } from "@berth/runtime";
import type { PushConfigRecord, PushDelivery, Store } from "@berth/store";
import type { JwsSigner } from "../cards/jws-signer.ts";
import { authorize } from "../auth/authorize.ts";
import { maySee } from "../tasks/task-access.ts";
import type { AcceptedTurn, CallContext, TaskDetails, TaskEngine } from "../tasks/task-engine.ts";
import type { SecretSealer } from "../webhooks/seal-secret.ts";
import { assertPostable } from "./assert-postable.ts";
import { DeliveryPruner } from "./delivery-pruner.ts";
import { postUpdate } from "./post-update.ts";
import { runPushRound } from "./push-round.ts";
import { openConfig, sealConfig } from "./push-secrets.ts";
import { PushSender } from "./push-sender.ts";
import type { Push, PushConfigKey, PushConfigs } from "./push.ts";

export interface PushOptions {
  readonly store: Pick<Store, "push" | "tasks" | "agents">;
  readonly tasks: Pick<TaskEngine, "get">;
  readonly outbound: Pick<OutboundHttp, "assertUrl" | "request">;
  /** Signs what is posted. */
  readonly signer: JwsSigner;
  /** Of tokens and credentials. */
  readonly sealer: SecretSealer;
  readonly ids: IdGenerator;
  readonly now: () => Date;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly log?: (line: string) => void;
}

export interface RunningPush extends Push {
  /** A task has moved. Cheap, never throws. */
  notify(taskId: string): void;
  /** Lets running attempts finish for `graceMs`; what waits is sent after the next start. */
  close(graceMs: number): Promise<void>;
}

const MAX_CONFIGS = 20;
const MAX_DELIVERIES = 1_000;
/** Longer than an attempt takes: after a crash nothing is sent twice by two processes at once. */
const LEASE_MS = 15_000;

/** Starts sending at once what an earlier process left. */
export function openPush(options: PushOptions): RunningPush {
  const { store, outbound, signer, sealer, ids, now, randomBytes, log = () => undefined } = options;
  const sender = new PushSender({
    store: store.push,
    round: async (lease, signal) =>
      await runPushRound(
        lease,
        {
          store,
          ids,
          now,
          leaseMs: LEASE_MS,
          random: () => (randomBytes(1)[0] ?? 0) / 255,
          post: async (config, delivery, body, ended) =>
            await postUpdate(
              { outbound, signer, now },
              { config: openConfig(sealer, config), delivery, body, signal: ended },
            ),
        },
        signal,
      ),
    leaseMs: LEASE_MS,
    newLeaseId: () => ids("request"),
    now,
    log,
  });
  sender.start();
  const pruner = new DeliveryPruner({ store: store.push, now, log });
  pruner.start();
  return new StorePush(options, sender, pruner);
}

class StorePush implements RunningPush {
  readonly #options: PushOptions;
  readonly #sender: PushSender;
  readonly #pruner: DeliveryPruner;

  constructor(options: PushOptions, sender: PushSender, pruner: DeliveryPruner) {
    this.#options = options;
    this.#sender = sender;
    this.#pruner = pruner;
  }

  async assertAttachable(
    { principal }: CallContext,
    taskId: string | undefined,
    config: TaskPushNotificationConfig,
    field: string,
  ): Promise<void> {
    await assertPostable(this.#options.outbound, config, field);
    if (taskId !== undefined) await this.#assertRoom({ orgId: principal.orgId, taskId, configId: config.id ?? taskId });
  }

  async create(
    call: CallContext,
    agentName: string,
    config: TaskPushNotificationConfig & { readonly taskId: string },
    version: ProtocolVersion,
  ): Promise<TaskPushNotificationConfig> {
    const { store, tasks, ids } = this.#options;
    const { taskId } = config;
    const task = await tasks.get(call, taskId, agentName);
    assertOwner(call, task);
    await assertPostable(this.#options.outbound, config, "");
    const { orgId } = task.record;
    // A 0.3 client that names none means the task's one webhook, as with both official servers of that version.
    const configId = config.id ?? (version === "0.3" ? taskId : ids("pushConfig"));
    await this.#assertRoom({ orgId, taskId, configId });
    const record = this.#toRecord({ orgId, taskId, configId, cursor: task.view.seq }, config, version);
    await store.push.save(sealConfig(this.#options.sealer, record), { ended: isTerminal(task.view.task.status.state) });
    this.#sender.watch(taskId);
    return toConfig(record);
  }

  async attach(
    call: CallContext,
    turn: AcceptedTurn,
    config: TaskPushNotificationConfig,
    version: ProtocolVersion,
  ): Promise<void> {
    const { taskId, seq } = turn;
    // The same id for a send that is repeated, and for the next turn of the same task: one webhook, not one per send.
    const key = { orgId: call.principal.orgId, taskId, configId: config.id ?? taskId, cursor: seq };
    await this.#options.store.push.save(sealConfig(this.#options.sealer, this.#toRecord(key, config, version)));
    this.#sender.watch(taskId);
  }

  async get(
    call: CallContext,
    { agentName, taskId, id }: Omit<PushConfigKey, "id"> & { readonly id?: string },
  ): Promise<TaskPushNotificationConfig> {
    const { store, tasks } = this.#options;
    const task = await tasks.get(call, taskId, agentName);
    const { orgId } = task.record;
    const wanted = id ?? taskId;
    const exact = await store.push.find(orgId, taskId, wanted);
    if (exact !== undefined) return this.#visibleTo(call, task, exact);
    const [first] = id === undefined ? (await store.push.list(orgId, taskId, { size: 1 })).configs : [];
    if (first === undefined) throw configNotFound();
    return this.#visibleTo(call, task, first);
  }

  async list(
    call: CallContext,
    { agentName, taskId }: Omit<PushConfigKey, "id">,
    { size = 50, token }: { readonly size?: number; readonly token?: string },
  ): Promise<PushConfigs> {
    const { store, tasks } = this.#options;
    const task = await tasks.get(call, taskId, agentName);
    const from = token === undefined || token === "" ? {} : { token };
    const page = await store.push.list(task.record.orgId, taskId, { size, ...from });
    const configs = page.configs.map((config) => this.#visibleTo(call, task, config));
    return { configs, nextPageToken: page.nextPageToken ?? "" };
  }

  async remove(call: CallContext, { agentName, taskId, id }: PushConfigKey): Promise<void> {
    const { store, tasks, now } = this.#options;
    const task = await tasks.get(call, taskId, agentName);
    assertOwner(call, task);
    await store.push.delete(task.record.orgId, taskId, id, now().toISOString());
  }

  async deliveries(call: CallContext, taskId: string): Promise<readonly PushDelivery[]> {
    const { record } = await this.#options.tasks.get(call, taskId);
    return await this.#options.store.push.deliveries(record.orgId, taskId, MAX_DELIVERIES);
  }

  async retry(call: CallContext, deliveryId: string): Promise<PushDelivery> {
    const { store, now } = this.#options;
    const { orgId } = call.principal;
    const delivery = await store.push.findDelivery(orgId, deliveryId);
    const task = delivery === undefined ? undefined : await store.tasks.find(orgId, delivery.taskId);
    if (delivery === undefined || task === undefined || !(await maySee(call.principal, task, this.#options.store)))
      throw deliveryNotFound();
    if (task.principalId !== call.principal.id) authorize(call.principal, "delivery.retry_any");
    if (!(await store.push.revive(orgId, deliveryId, now().toISOString()))) {
      throw new PlatformError(
        "UNSUPPORTED_OPERATION",
        "Only a dead delivery of a webhook that is there is sent again.",
      );
    }
    this.#sender.watch(delivery.taskId);
    return (await store.push.findDelivery(orgId, deliveryId)) ?? delivery;
  }

  notify(taskId: string): void {
    this.#sender.notify(taskId);
  }

  async close(graceMs: number): Promise<void> {
    await this.#pruner.close();
    await this.#sender.close(graceMs);
  }

  async #assertRoom({
    orgId,
    taskId,
    configId,
  }: Pick<PushConfigRecord, "orgId" | "taskId" | "configId">): Promise<void> {
    const { configs } = await this.#options.store.push.list(orgId, taskId, { size: MAX_CONFIGS });
    if (configs.length < MAX_CONFIGS || configs.some((known) => known.configId === configId)) return;
    throw new PlatformError("RATE_LIMITED", `A task has at most ${MAX_CONFIGS} push notification configurations.`, {
      hint: "Delete one that is no longer used.",
    });
  }

  #toRecord(
    key: Pick<PushConfigRecord, "orgId" | "taskId" | "configId" | "cursor">,
    { url, token, authentication }: TaskPushNotificationConfig,
    protocolVersion: ProtocolVersion,
  ): PushConfigRecord {
    return {
      ...key,
      protocolVersion,
      url,
      ...(token === undefined ? {} : { token }),
      ...(authentication === undefined ? {} : { authentication }),
      createdAt: this.#options.now().toISOString(),
    };
  }

  #visibleTo(call: CallContext, task: TaskDetails, record: PushConfigRecord): TaskPushNotificationConfig {
    if (isOwner(call, task)) return toConfig(openConfig(this.#options.sealer, record));
    const { token: _token, authentication, ...rest } = record;
    return toConfig(
      authentication === undefined ? rest : { ...rest, authentication: { scheme: authentication.scheme } },
    );
  }
}

function toConfig({ configId, taskId, url, token, authentication }: PushConfigRecord): TaskPushNotificationConfig {
  return {
    id: configId,
    taskId,
    url,
    ...(token === undefined ? {} : { token }),
    ...(authentication === undefined ? {} : { authentication }),
  };
}

function isOwner({ principal }: CallContext, { record }: Pick<TaskDetails, "record">): boolean {
  return record.principalId === principal.id || hasScope(principal, "admin");
}

function assertOwner(call: CallContext, task: Pick<TaskDetails, "record">): void {
  if (isOwner(call, task)) return;
  throw new PlatformError("PERMISSION_DENIED", "Only who started a task, or an administrator, changes its webhooks.");
}

/** A2A 1.0.1 §5.4 has no error of its own for it. */
function configNotFound(): PlatformError {
  return new PlatformError("TASK_NOT_FOUND", "This task has no such push notification configuration.");
}

function deliveryNotFound(): PlatformError {
  return new PlatformError("DELIVERY_NOT_FOUND", "There is no delivery with this id, or it is not yours.");
}
