import type { JsonObject, JsonValue, SkillSchemas } from "./a2a.ts";

/** At the root of a tool's input these make widespread clients drop the tool, and some of them the whole list. */
const DANGEROUS_AT_ROOT = ["oneOf", "anyOf", "allOf", "not", "if", "enum", "$ref"] as const;

/** Some clients count the server's name in and stop at 60. */
const MAX_NAME = 40;

/**
 * What MCP clients would stumble over in a card's skills, a line each, for whoever deploys. Nothing of it is an error:
 * A2A has no such rules, and the tools are offered all the same.
 */
export function lintMcpSchemas(skillIds: readonly string[], schemas: readonly SkillSchemas[]): readonly string[] {
  return [...skillIds.flatMap(lintName), ...schemas.flatMap(lintSkill)];
}

function lintName(id: string): readonly string[] {
  if (/^[A-Za-z0-9_-]+$/.test(id) && id.length <= MAX_NAME) return [];
  return [
    `skill "${id.slice(0, 100)}": some MCP clients refuse the name; use up to ${MAX_NAME} letters, digits and _.`,
  ];
}

function lintSkill({ id, inputSchema, outputSchema }: SkillSchemas): readonly string[] {
  const say = (text: string): string => `skill "${id.slice(0, 100)}": ${text}`;
  const lines: string[] = [];
  if (inputSchema !== undefined) {
    const found = DANGEROUS_AT_ROOT.filter((keyword) => keyword in inputSchema);
    if (found.length > 0) {
      lines.push(
        say(
          `its input schema has ${found.join(", ")} at the root, for which some MCP clients drop the tool; use a plain object.`,
        ),
      );
    }
    if (inputSchema["type"] !== "object") {
      lines.push(say("its input schema is not an object, so MCP clients can only send it a message."));
    }
    if (refersElsewhere(inputSchema))
      lines.push(say("its input schema refers to another address, which MCP clients do not follow."));
  }
  if (outputSchema !== undefined && outputSchema["type"] !== "object") {
    lines.push(say("its output schema is not an object, so MCP clients do not get it."));
  }
  return lines;
}

function refersElsewhere(value: JsonValue): boolean {
  if (typeof value !== "object" || value === null) return false;
  const entries: readonly (readonly [string, JsonValue])[] = Object.entries(value as JsonObject); // arrays have entries, too
  return entries.some(([key, each]) =>
    key === "$ref" && typeof each === "string" ? /^[a-z][a-z0-9+.-]*:/i.test(each) : refersElsewhere(each),
  );
}
