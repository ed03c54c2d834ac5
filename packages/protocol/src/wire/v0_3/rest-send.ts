import type { Message, SendMessageConfiguration, SendMessageRequest } from "../../a2a.ts";
import { parseWith } from "../../validation/place.ts";
import type { Parser } from "../../validation/place.ts";
import { present, protoObject } from "../../validation/proto-object.ts";
import { historyLength } from "../../validation/requests.ts";
import { boolean, jsonObject, listOf, strings } from "../../validation/values.ts";
import { MAX_PARTS, checkKind, readMessage, userOnly } from "./message.ts";
import { v03PushConfig } from "./push-config.ts";
import { v03RestPart } from "./rest-part.ts";
import { v03RestRole } from "./state.ts";

/**
 * The body of `POST /v1/message:send` and `:stream`. The 0.3 proto calls the fields `request` and `content`, gives
 * `request` the JSON name `message`, and the text (§3.2.3) wants `parts` as in JSON-RPC: clients of each kind exist.
 * @throws PlatformError INVALID_PARAMS
 */
export function fromV03RestSend(value: unknown): SendMessageRequest {
  return parseWith(sendRequest, value);
}

const partList = listOf(v03RestPart, { min: 1, max: MAX_PARTS });

const message: Parser<Message> = protoObject((object) => {
  checkKind(object, "message");
  return readMessage(object, {
    role: object.required("role", userOnly(v03RestRole)),
    parts: object.required(object.has("parts") ? "parts" : "content", partList),
  });
});

/** A false in proto JSON is left out, so an absent `blocking` in a configuration that is there means false. */
const configuration: Parser<SendMessageConfiguration> = protoObject((object) => {
  const push = object.has("pushNotificationConfig") ? "pushNotificationConfig" : "pushNotification";
  const length = object.optional("historyLength", historyLength);
  return present<SendMessageConfiguration>({
    acceptedOutputModes: object.optional("acceptedOutputModes", strings),
    taskPushNotificationConfig: object.optional(push, v03PushConfig),
    // The 0.3 proto's 0 is its default and means all.
    historyLength: length === 0 ? undefined : length,
    returnImmediately: object.optional("blocking", boolean) === true ? undefined : true,
  });
});

const sendRequest: Parser<SendMessageRequest> = protoObject((object) =>
  present<SendMessageRequest>({
    tenant: undefined,
    message: object.required(object.has("request") ? "request" : "message", message),
    configuration: object.optional("configuration", configuration),
    metadata: object.optional("metadata", jsonObject),
  }),
);
