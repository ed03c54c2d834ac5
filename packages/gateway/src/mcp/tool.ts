import type { AgentSkill, JsonObject, JsonValue } from "@berth/protocol";
import type { AgentTarget } from "../edge/routes.ts";
import { objectAt, stringsAt } from "./json.ts";
import type { Member, Surface } from "./surface.ts";
import { hintsOf } from "./tool-hints.ts";

/** What an MCP client sees of a skill. */
interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly inputSchema: JsonObject;
  readonly outputSchema?: JsonObject;
  readonly annotations?: JsonObject;
}

export interface SkillTool {
  readonly tool: Tool;
  readonly agent: AgentTarget;
  readonly skill: AgentSkill;
  /** The skill takes typed arguments; otherwise it takes a `message`. */
  readonly takesInput: boolean;
  readonly required: readonly string[];
  /** Which arguments are ours: the skill may have one of the same name. */
  readonly reserved: { readonly taskId: string; readonly message: string };
  /** Only for clients that can wait for a task. */
  readonly needsTask: boolean;
}

/** In the order of the card, so that a list never changes between two calls of one release. */
export function toSkillTools(member: Member): ReadonlyMap<string, SkillTool> {
  const tools = new Map<string, SkillTool>();
  for (const skill of member.release.card.skills) {
    const name = freeName(member.nameOf(skill.id), tools);
    tools.set(name, toSkillTool(name, skill, member));
  }
  return tools;
}

export async function findTool(surface: Surface, name: string): Promise<SkillTool | undefined> {
  for (const candidate of await surface.candidates(name)) {
    const tool = toSkillTools(candidate).get(name);
    if (tool !== undefined) return tool;
  }
  return undefined;
}

function toSkillTool(name: string, skill: AgentSkill, { agent, release }: Member): SkillTool {
  const schemas = release.skillSchemas.find(({ id }) => id === skill.id);
  const input = schemas?.inputSchema;
  const takesInput = input !== undefined && input["type"] === "object";
  const properties = takesInput ? (objectAt(input, "properties") ?? {}) : {};
  const reserved = {
    taskId: "task_id" in properties ? "berth_task_id" : "task_id",
    message: takesInput && "message" in properties ? "berth_message" : "message",
  };
  const outputSchema = schemas?.outputSchema === undefined ? undefined : toOutputSchema(schemas.outputSchema);
  const { annotations, needsTask } = hintsOf(release.card, skill.id);
  return {
    agent,
    skill,
    takesInput,
    reserved,
    needsTask,
    required: takesInput ? stringsAt(input, "required") : [],
    tool: {
      name,
      title: skill.name,
      description: describe(skill),
      inputSchema: takesInput ? withOurs(input, properties, reserved) : messageSchema(reserved),
      ...(outputSchema === undefined ? {} : { outputSchema }),
      ...(annotations === undefined ? {} : { annotations }),
    },
  };
}

function freeName(name: string, taken: ReadonlyMap<string, unknown>): string {
  if (!taken.has(name)) return name;
  let n = 2;
  while (taken.has(`${name}_${n}`)) n++;
  return `${name}_${n}`;
}

function describe({ description, examples = [] }: AgentSkill): string {
  return examples.length === 0
    ? description
    : `${description}\nExamples:\n${examples.map((each) => `- ${each}`).join("\n")}`;
}

const TASK_ID: JsonObject = {
  type: "string",
  description: "To answer a question: the task_id of the result that asked. Leave the other arguments as they were.",
};

const MESSAGE: JsonObject = { type: "string", description: "The answer to the question of the task in task_id." };

function withOurs(input: JsonObject, properties: JsonObject, reserved: SkillTool["reserved"]): JsonObject {
  return { ...input, properties: { ...properties, [reserved.taskId]: TASK_ID, [reserved.message]: MESSAGE } };
}

function messageSchema({ taskId, message }: SkillTool["reserved"]): JsonObject {
  const properties = { [message]: { type: "string", description: "What to say to the agent." }, [taskId]: TASK_ID };
  return { type: "object", properties, required: [message] };
}

/** A result that is not the skill's own: it asks, or is not there yet. */
const PENDING: JsonObject = {
  type: "object",
  properties: {
    state: { type: "string" },
    task_id: { type: "string" },
    context_id: { type: "string" },
    question: { type: "string" },
  },
  required: ["state", "task_id", "context_id"],
};

/**
 * Clients check every result against it, also one that asks a question: so it is one or the other. References reach
 * only into definitions, which move to the root with them; a schema that refers elsewhere is not published.
 */
export function toOutputSchema(output: JsonObject): JsonObject | undefined {
  if (output["type"] !== "object" || !hasMovableReferences(output)) return undefined;
  const { $schema, $defs, definitions, ...rest } = output;
  return {
    ...(typeof $schema === "string" ? { $schema } : {}),
    type: "object",
    anyOf: [rest, PENDING],
    ...($defs === undefined ? {} : { $defs }),
    ...(definitions === undefined ? {} : { definitions }),
  };
}

function hasMovableReferences(value: JsonValue): boolean {
  if (typeof value !== "object" || value === null) return true;
  return Object.entries(value).every(([key, each]: [string, JsonValue]) =>
    key === "$ref" || key === "$dynamicRef"
      ? typeof each === "string" && /^#\/(?:\$defs|definitions)\//.test(each)
      : hasMovableReferences(each),
  );
}
