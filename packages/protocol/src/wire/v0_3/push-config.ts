import type { AuthenticationInfo, JsonObject, TaskPushNotificationConfig } from "../../a2a.ts";
import { httpUrl } from "../../validation/formats.ts";
import { parseWith } from "../../validation/place.ts";
import type { Parser } from "../../validation/place.ts";
import { present, protoObject } from "../../validation/proto-object.ts";
import { id, optionalId, optionalString, strings } from "../../validation/values.ts";
import { json } from "./json.ts";

/** The object inside `TaskPushNotificationConfig` and the send configuration; both flavours spell it alike. */
export function toV03PushConfig(config: TaskPushNotificationConfig): JsonObject {
  const { authentication } = config;
  return json({
    id: config.id,
    url: config.url,
    token: config.token,
    authentication:
      authentication === undefined
        ? undefined
        : json({ schemes: [authentication.scheme], credentials: authentication.credentials }),
  });
}

export function toV03TaskPushConfig(config: TaskPushNotificationConfig): JsonObject {
  return { taskId: config.taskId ?? "", pushNotificationConfig: toV03PushConfig(config) };
}

/**
 * The params of `tasks/pushNotificationConfig/set`.
 * @throws PlatformError INVALID_PARAMS
 */
export function fromV03TaskPushConfig(value: unknown): TaskPushNotificationConfig {
  return parseWith(taskPushConfig, value);
}

/** 1.0 has one scheme where 0.3 lists several; the first one listed is the one preferred. */
const authenticationInfo: Parser<AuthenticationInfo> = protoObject((object) => {
  const schemes = object.optional("schemes", strings) ?? [];
  const credentials = object.optional("credentials", optionalString);
  const [scheme = credentials === undefined ? undefined : "Bearer"] = schemes;
  return scheme === undefined ? undefined : present<AuthenticationInfo>({ scheme, credentials });
});

export const v03PushConfig: Parser<TaskPushNotificationConfig> = protoObject((object) =>
  present<TaskPushNotificationConfig>({
    tenant: undefined,
    id: object.optional("id", optionalId),
    taskId: undefined,
    url: object.required("url", httpUrl),
    token: object.optional("token", optionalString),
    authentication: object.optional("authentication", authenticationInfo),
  }),
);

const taskPushConfig: Parser<TaskPushNotificationConfig> = protoObject((object) => {
  const taskId = object.required("taskId", id);
  const config = object.required("pushNotificationConfig", v03PushConfig);
  return config === undefined || taskId === undefined ? undefined : { ...config, taskId };
});

/** A 1.0 key of one push configuration; 0.3 `get` may leave the configuration's id out and means the only one. */
export interface V03PushConfigKey {
  readonly taskId: string;
  readonly id?: string;
}

/**
 * The params of `tasks/pushNotificationConfig/{get,list,delete}`.
 * @throws PlatformError INVALID_PARAMS
 */
export function fromV03PushConfigKey(value: unknown): V03PushConfigKey {
  return parseWith(pushConfigKey, value);
}

const pushConfigKey: Parser<V03PushConfigKey> = protoObject((object) =>
  present<V03PushConfigKey>({
    taskId: object.required("id", id),
    id: object.optional("pushNotificationConfigId", optionalId),
  }),
);
