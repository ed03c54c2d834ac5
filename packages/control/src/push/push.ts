import type { ProtocolVersion, TaskPushNotificationConfig } from "@berth/protocol";
import type { PushDelivery } from "@berth/store";
import type { AcceptedTurn, CallContext } from "../tasks/task-engine.ts";

export interface PushConfigs {
  readonly configs: readonly TaskPushNotificationConfig[];
  /** "" at the end. */
  readonly nextPageToken: string;
}

/** A configuration of one task of one agent. */
export interface PushConfigKey {
  readonly agentName: string;
  readonly taskId: string;
  readonly id: string;
}

/**
 * Webhooks of tasks: each update that clients see is posted at least once, in order per configuration. Who may see a
 * task may see its webhooks, their secrets only its owner; adding and removing is for the owner and administrators.
 */
export interface Push {
  /**
   * Whether `attach` would do, asked before the send is accepted. `taskId`: of the task that the send continues.
   * `field`: where the configuration stands in the request. @throws INVALID_PARAMS, RATE_LIMITED
   */
  assertAttachable(
    call: CallContext,
    taskId: string | undefined,
    config: TaskPushNotificationConfig,
    field: string,
  ): Promise<void>;
  /** From now on; the events before are not repeated. @throws TASK_NOT_FOUND, INVALID_PARAMS, PERMISSION_DENIED, RATE_LIMITED */
  create(
    call: CallContext,
    agentName: string,
    config: TaskPushNotificationConfig & { readonly taskId: string },
    version: ProtocolVersion,
  ): Promise<TaskPushNotificationConfig>;
  /** The configuration that came with a send: everything after the event which the send wrote. */
  attach(
    call: CallContext,
    turn: AcceptedTurn,
    config: TaskPushNotificationConfig,
    version: ProtocolVersion,
  ): Promise<void>;
  /** Without an id the only one, or the one that has the task's own id. @throws TASK_NOT_FOUND */
  get(
    call: CallContext,
    key: Omit<PushConfigKey, "id"> & { readonly id?: string },
  ): Promise<TaskPushNotificationConfig>;
  /** @throws TASK_NOT_FOUND, INVALID_PARAMS */
  list(
    call: CallContext,
    key: Omit<PushConfigKey, "id">,
    page: { readonly size?: number; readonly token?: string },
  ): Promise<PushConfigs>;
  /** Twice is harmless. @throws TASK_NOT_FOUND, PERMISSION_DENIED */
  remove(call: CallContext, key: PushConfigKey): Promise<void>;
  /** What was sent for a task and what waits, at most 1,000, in order. @throws TASK_NOT_FOUND */
  deliveries(call: CallContext, taskId: string): Promise<readonly PushDelivery[]>;
  /** Sends a dead delivery again. @throws DELIVERY_NOT_FOUND, UNSUPPORTED_OPERATION, PERMISSION_DENIED */
  retry(call: CallContext, deliveryId: string): Promise<PushDelivery>;
}
