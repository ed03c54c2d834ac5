import type { AcceptedTurn, CallContext } from "@berth/control";
import { PlatformError, invalidParams } from "@berth/protocol";
import type {
  GetTaskPushNotificationConfigRequest,
  ListTaskPushNotificationConfigsRequest,
  ListTaskPushNotificationConfigsResponse,
  SendMessageRequest,
  TaskPushNotificationConfig,
} from "@berth/protocol";
import type { Edge } from "../edge/edge.ts";
import type { CallExchange } from "../edge/exchange.ts";
import type { AnyCall } from "./operations.ts";

/** A2A 1.0.1 §3.1.7 to §3.1.10; `call.version` decides what the webhook will get. */
export async function createPushConfig(
  call: AnyCall,
  config: TaskPushNotificationConfig,
): Promise<TaskPushNotificationConfig> {
  const { edge, exchange, agent, version = "1.0" } = call;
  const { taskId } = config;
  if (taskId === undefined) throw invalidParams([{ field: "taskId", description: "is required" }]);
  return await edge.control.push.create(by(exchange), agent.name, { ...config, taskId }, version);
}

/** Without an id, as 0.3 allows: the only one. */
export async function getPushConfig(
  { edge, exchange, agent }: AnyCall,
  { taskId, id }: Omit<GetTaskPushNotificationConfigRequest, "id"> & { readonly id?: string },
): Promise<TaskPushNotificationConfig> {
  const key = { agentName: agent.name, taskId, ...(id === undefined ? {} : { id }) };
  return await edge.control.push.get(by(exchange), key);
}

export async function listPushConfigs(
  { edge, exchange, agent }: AnyCall,
  { taskId, pageSize, pageToken }: ListTaskPushNotificationConfigsRequest,
): Promise<ListTaskPushNotificationConfigsResponse> {
  return await edge.control.push.list(
    by(exchange),
    { agentName: agent.name, taskId },
    { ...(pageSize === undefined ? {} : { size: pageSize }), ...(pageToken === undefined ? {} : { token: pageToken }) },
  );
}

export async function deletePushConfig(
  { edge, exchange, agent }: AnyCall,
  { taskId, id }: GetTaskPushNotificationConfigRequest,
): Promise<void> {
  await edge.control.push.remove(by(exchange), { agentName: agent.name, taskId, id });
}

/** Accepts a send with the webhook it carries, if any: refused before anything is started, registered once it is. */
export async function acceptWithPush(
  { edge, exchange, version = "1.0" }: AnyCall,
  { message, configuration }: SendMessageRequest,
  accept: () => Promise<AcceptedTurn>,
): Promise<AcceptedTurn> {
  const config = configuration?.taskPushNotificationConfig;
  if (config === undefined) return await accept();
  assertPushOffered(edge);
  const field = version === "1.0" ? "configuration.taskPushNotificationConfig" : "configuration.pushNotificationConfig";
  await edge.control.push.assertAttachable(by(exchange), message.taskId, config, field);
  const turn = await accept();
  await edge.control.push.attach(by(exchange), turn, config, version);
  return turn;
}

/**
 * Cards say whether webhooks are served here; where they are not, everything about them is answered like this.
 * @throws PUSH_NOTIFICATION_NOT_SUPPORTED
 */
export function assertPushOffered({ offer }: Edge): void {
  if (offer.pushNotifications) return;
  throw new PlatformError("PUSH_NOTIFICATION_NOT_SUPPORTED", "Push notifications are not supported.", {
    hint: "Stream the task, or subscribe to it.",
  });
}

function by({ principal }: CallExchange): CallContext {
  return { principal, protocol: "a2a" };
}
