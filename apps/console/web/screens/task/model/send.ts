import type { AcceptedEvent, JsonObject, Message, Part, TaskEvent } from "@berth/protocol";

const SKILL_CALL = "https://berth.dev/extensions/skill-call/v1";
const QUESTION = "https://berth.dev/extensions/question/v1";

/** A caller's message, to be sent again with changes. */
export interface ForkSeed {
  readonly agent: string;
  readonly contextId: string;
  readonly seq: number;
  readonly message: Message;
  readonly skill?: string;
  /** The skill's typed input; absent: the message is text. */
  readonly input?: unknown;
  readonly text: string;
}

/** The message of the caller at `seq`; undefined where there is none, or it was erased. */
export function forkSeedOf(events: readonly TaskEvent[], seq: number): ForkSeed | undefined {
  const accepted = events[0]?.body;
  const event = events.find((each) => each.seq === seq);
  if (accepted?.kind !== "accepted" || event === undefined) return undefined;
  const message = messageOf(event);
  if (message === undefined) return undefined;
  const call = skillCallOf(message);
  const skill = call?.skill ?? accepted.skill;
  return {
    agent: accepted.agentName,
    contextId: accepted.contextId,
    seq,
    message,
    text: message.parts.flatMap(({ text }) => (text === undefined ? [] : [text])).join("\n"),
    ...(skill === undefined ? {} : { skill }),
    ...(call === undefined || call.input === undefined ? {} : { input: call.input }),
  };
}

function messageOf({ body }: TaskEvent): Message | undefined {
  if (body.kind === "accepted") return body.erased === true ? undefined : body.message;
  return body.kind === "message" && body.message.role === "ROLE_USER" ? body.message : undefined;
}

function skillCallOf({ metadata }: Message): { readonly skill?: string; readonly input?: unknown } | undefined {
  const said = metadata?.[SKILL_CALL];
  if (typeof said !== "object" || said === null || Array.isArray(said)) return undefined;
  // A JSON value that is neither null nor a list is an object.
  const { skill, input } = said as Readonly<Record<string, unknown>>;
  return { ...(typeof skill === "string" ? { skill } : {}), ...(input === undefined ? {} : { input }) };
}

export interface ForkEdit {
  readonly input?: unknown;
  readonly text?: string;
  readonly isSameContext: boolean;
}

/** The body of `POST /agents/{agent}/tasks`: the same message with what was changed, as a new one. */
export function forkRequest(
  seed: ForkSeed,
  { input, text, isSameContext }: ForkEdit,
  messageId: string,
): { readonly message: Message } {
  const { message, skill } = seed;
  const others = message.parts.filter(
    (part) => part.text === undefined && (seed.input === undefined || part.data === undefined),
  );
  const parts: readonly Part[] =
    input === undefined
      ? [{ text: text ?? seed.text }, ...others]
      : [{ data: input as NonNullable<Part["data"]> }, ...others];
  const call =
    input === undefined
      ? message.metadata?.[SKILL_CALL]
      : ({ ...(skill === undefined ? {} : { skill }), input } as NonNullable<Part["data"]>);
  const metadata = { ...message.metadata, ...(call === undefined ? {} : { [SKILL_CALL]: call }) };
  return {
    message: {
      messageId,
      role: message.role,
      parts,
      ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
      ...(isSameContext ? { contextId: seed.contextId } : {}),
    },
  };
}

/** The schema of the answer that a question wants, where its agent gave one. */
export function questionSchemaOf(message: Message | undefined): JsonObject | undefined {
  const said = message?.metadata?.[QUESTION];
  if (typeof said !== "object" || said === null || !("schema" in said)) return undefined;
  const { schema } = said;
  // A JSON value that is neither null nor a list is an object.
  return typeof schema === "object" && schema !== null && !Array.isArray(schema) ? (schema as JsonObject) : undefined;
}

/** The body of `POST /agents/{agent}/tasks` that answers. Text stays text, everything else is data. */
export function answerRequest(
  { contextId }: Pick<AcceptedEvent, "contextId">,
  taskId: string,
  answer: unknown,
  messageId: string,
): { readonly message: Message } {
  const part: Part = typeof answer === "string" ? { text: answer } : { data: answer as NonNullable<Part["data"]> };
  return { message: { messageId, taskId, contextId, role: "ROLE_USER", parts: [part] } };
}
