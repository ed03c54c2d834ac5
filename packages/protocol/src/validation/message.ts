import { Role } from "../a2a.ts";
import type { Message } from "../a2a.ts";
import { parts } from "./part.ts";
import type { Parser } from "./place.ts";
import { present, protoObject } from "./proto-object.ts";
import type { ProtoObject } from "./proto-object.ts";
import { id, jsonObject, listOf, oneOf, optionalId, strings } from "./values.ts";

/** A2A 1.0.1 §4.1.4. */
function messageWith(role: (object: ProtoObject) => Role | undefined): Parser<Message> {
  return protoObject((object) =>
    present<Message>({
      messageId: object.required("messageId", id),
      contextId: object.optional("contextId", optionalId),
      taskId: object.optional("taskId", optionalId),
      role: role(object),
      parts: object.required("parts", parts),
      metadata: object.optional("metadata", jsonObject),
      extensions: object.optional("extensions", strings),
      referenceTaskIds: object.optional("referenceTaskIds", listOf(id)),
    }),
  );
}

const anyRole = oneOf([Role.User, Role.Agent]);
const userRole = oneOf([Role.User]);

export const message: Parser<Message> = messageWith((object) => object.required("role", anyRole));

/** Whoever sends us a message speaks for the user; a caller cannot put words into the agent's mouth. */
export const callerMessage: Parser<Message> = messageWith((object) => object.required("role", userRole));

/** An agent that leaves the role out means itself. */
export const agentMessage: Parser<Message> = messageWith((object) =>
  object.has("role") && object.raw("role") !== "ROLE_UNSPECIFIED" ? object.required("role", anyRole) : Role.Agent,
);
