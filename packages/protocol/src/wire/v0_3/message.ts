import { Role } from "../../a2a.ts";
import type { JsonObject, Message, Part } from "../../a2a.ts";
import { parseWith } from "../../validation/place.ts";
import type { Parser } from "../../validation/place.ts";
import { present, protoObject } from "../../validation/proto-object.ts";
import type { ProtoObject } from "../../validation/proto-object.ts";
import { id, jsonObject, listOf, optionalId, strings } from "../../validation/values.ts";
import { filled, json } from "./json.ts";
import { toV03Part, v03Part } from "./part.ts";
import { toV03Role, v03Role } from "./state.ts";

export const MAX_PARTS = 1000;

export function toV03Message(message: Message): JsonObject {
  return json({
    kind: "message",
    messageId: message.messageId,
    role: toV03Role(message.role),
    parts: message.parts.map(toV03Part),
    contextId: message.contextId,
    taskId: message.taskId,
    metadata: message.metadata,
    extensions: filled(message.extensions),
    referenceTaskIds: filled(message.referenceTaskIds),
  });
}

/** @throws PlatformError INVALID_PARAMS */
export function fromV03Message(value: unknown): Message {
  return parseWith(v03Message, value);
}

export const v03Message: Parser<Message> = protoObject((object) => {
  checkKind(object, "message");
  return readMessage(object, {
    role: object.has("role") ? object.required("role", v03Role) : Role.Agent,
    parts: object.required("parts", listOf(v03Part, { min: 1, max: MAX_PARTS })),
  });
});

/** Of a caller: the role must be there, and be the user's. */
export const v03CallerMessage: Parser<Message> = protoObject((object) => {
  checkKind(object, "message");
  return readMessage(object, {
    role: object.required("role", userOnly(v03Role)),
    parts: object.required("parts", listOf(v03Part, { min: 1, max: MAX_PARTS })),
  });
});

export function userOnly(parser: Parser<Role>): Parser<Role> {
  return (value, place) => (parser(value, place) === Role.Agent ? place.report("must be user") : Role.User);
}

/** What both flavours of 0.3 spell alike. */
export function readMessage(
  object: ProtoObject,
  { role, parts }: { readonly role: Role | undefined; readonly parts: readonly Part[] | undefined },
): Message {
  return present<Message>({
    messageId: object.required("messageId", id),
    contextId: object.optional("contextId", optionalId),
    taskId: object.optional("taskId", optionalId),
    role,
    parts,
    metadata: object.optional("metadata", jsonObject),
    extensions: object.optional("extensions", strings),
    referenceTaskIds: object.optional("referenceTaskIds", listOf(id)),
  });
}

/** Hand-written requests leave `kind` out, and where only one kind can stand nothing is lost. */
export function checkKind(object: ProtoObject, kind: string): void {
  if (object.has("kind") && object.raw("kind") !== kind) object.place.field("kind").report(`must be ${kind}`);
}
