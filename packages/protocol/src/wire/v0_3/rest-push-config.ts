import type { JsonObject, TaskPushNotificationConfig } from "../../a2a.ts";
import { parseWith } from "../../validation/place.ts";
import type { Parser } from "../../validation/place.ts";
import { protoObject } from "../../validation/proto-object.ts";
import { optionalId } from "../../validation/values.ts";
import { toV03PushConfig, v03PushConfig } from "./push-config.ts";

export function toV03RestPushConfig(config: TaskPushNotificationConfig): JsonObject {
  return {
    name: `tasks/${config.taskId ?? ""}/pushNotificationConfigs/${config.id ?? ""}`,
    pushNotificationConfig: toV03PushConfig(config),
  };
}

/**
 * The body of `POST /v1/tasks/{id}/pushNotificationConfigs`. Seen in the wild: the proto's create request
 * (`{parent, configId, config}`), its inner object (`{name, pushNotificationConfig}`), and the bare configuration.
 * @throws PlatformError INVALID_PARAMS
 */
export function fromV03RestPushConfig(taskId: string, value: unknown): TaskPushNotificationConfig {
  return { ...parseWith(body, value), taskId };
}

const body: Parser<TaskPushNotificationConfig> = protoObject((object) => {
  if (!object.has("config")) return object.as(named);
  const config = object.required("config", named);
  const id = config?.id ?? object.optional("configId", optionalId);
  return config === undefined || id === undefined ? config : { ...config, id };
});

const named: Parser<TaskPushNotificationConfig> = protoObject((object) =>
  object.has("pushNotificationConfig")
    ? object.required("pushNotificationConfig", v03PushConfig)
    : object.as(v03PushConfig),
);
