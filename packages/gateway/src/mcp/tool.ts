import type { AgentSkill, JsonObject, JsonValue, SkillSchemas } from "@berth/protocol";

/** What an MCP client sees of a skill. */
interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly inputSchema: JsonObject;
  readonly outputSchema?: JsonObject;
}

export interface SkillTool {
  readonly tool: Tool;
  readonly skill: AgentSkill;
  /** The skill takes typed arguments; otherwise it takes a `message`. */
  readonly takesInput: boolean;
  readonly required: readonly string[];
  /** Which arguments are ours: the skill may have one of the same name. */
  readonly reserved: { readonly taskId: string; readonly message: string };
}

/** In the order of the card, so that a list never changes between two calls of one release. */
export function toSkillTools(
  skills: readonly AgentSkill[],
  schemas: readonly SkillSchemas[],
): ReadonlyMap<string, SkillTool> {
  const tools = new Map<string, SkillTool>();
  for (const skill of skills) {
    const name = freeName(toolName(skill.id), tools);
    tools.set(
      name,
      toSkillTool(
        name,
        skill,
        schemas.find(({ id }) => id === skill.id),
      ),
    );
  }
  return tools;
}

function toSkillTool(name: string, skill: AgentSkill, schemas: SkillSchemas | undefined): SkillTool {
  const input = schemas?.inputSchema;
  const takesInput = input !== undefined && input["type"] === "object";
  const properties = takesInput ? objectAt(input, "properties") : {};
  const reserved = {
    taskId: "task_id" in properties ? "berth_task_id" : "task_id",
    message: takesInput && "message" in properties ? "berth_message" : "message",
  };
  const outputSchema = schemas?.outputSchema === undefined ? undefined : toOutputSchema(schemas.outputSchema);
  return {
    skill,
    takesInput,
    reserved,
    required: takesInput ? stringsAt(input, "required") : [],
    tool: {
      name,
      title: skill.name,
      description: describe(skill),
      inputSchema: takesInput ? withOurs(input, properties, reserved) : messageSchema(reserved),
      ...(outputSchema === undefined ? {} : { outputSchema }),
    },
  };
}

/** MCP allows letters, digits, `_`, `.` and `-`, at most 128. */
function toolName(id: string): string {
  const name = id.replaceAll(/[^A-Za-z0-9_.-]/g, "_").slice(0, 120);
  return name === "" ? "skill" : name;
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

function objectAt(schema: JsonObject, key: string): JsonObject {
  const value = schema[key];
  // Neither null nor an array: a JSON object.
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

function stringsAt(schema: JsonObject, key: string): readonly string[] {
  const value = schema[key];
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}
