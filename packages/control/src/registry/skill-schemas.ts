import { SKILL_SCHEMAS_EXTENSION } from "@berth/protocol";
import type { AgentCard, JsonValue, SkillSchemas } from "@berth/protocol";

/** JSON Schemas of the skills, where the agent's SDK declares them in its card. */
export function skillSchemasOf(card: AgentCard): readonly SkillSchemas[] {
  const extension = card.capabilities.extensions?.find(({ uri }) => uri === SKILL_SCHEMAS_EXTENSION);
  const skills = extension?.params?.["skills"];
  if (!Array.isArray(skills)) return [];
  return skills.flatMap((skill: JsonValue) => {
    if (!isObject(skill)) return [];
    const { id, inputSchema, outputSchema } = skill;
    if (typeof id !== "string") return [];
    return [
      { id, ...(isObject(inputSchema) ? { inputSchema } : {}), ...(isObject(outputSchema) ? { outputSchema } : {}) },
    ];
  });
}

function isObject(value: JsonValue | undefined): value is { readonly [key: string]: JsonValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
