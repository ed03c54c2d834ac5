import { SchemaError, compileSchema, lintMcpSchemas, validateCard } from "@berth/protocol";
import type { AgentCard, SkillSchemas } from "@berth/protocol";
import type { ConformanceCheck } from "@berth/store";

const MAX_DETAIL = 500;

/**
 * What can be told of an agent without asking it anything: whether its card is by the book, its schemas can be read, and
 * clients of MCP get along with them.
 */
export function staticChecks({
  card,
  skillSchemas,
}: {
  /** As it is published. */
  readonly card: AgentCard;
  readonly skillSchemas: readonly SkillSchemas[];
}): readonly ConformanceCheck[] {
  const errors = validateCard(card).filter(({ level }) => level === "error");
  const of = (place: RegExp): readonly string[] =>
    errors.filter(({ at }) => place.test(at)).map(({ at, message }) => `${at} ${message}`);
  const rest = /^(?!skills|supportedInterfaces|default(?:In|Out)putModes)/;
  return [
    checkOf("card-fields", "A2A 1.0 §4.4.1", of(rest)),
    checkOf("card-interfaces", "A2A 1.0 §4.4.6", of(/^supportedInterfaces/)),
    checkOf("card-media-types", "A2A 1.0 §4.4.1", of(/^default(?:In|Out)putModes/)),
    checkOf("card-skills", "A2A 1.0 §4.4.5", of(/^skills/)),
    checkOf("skill-schemas", "JSON Schema 2020-12", skillSchemas.flatMap(problemsOf)),
    checkOf(
      "mcp-tools",
      "MCP tools",
      lintMcpSchemas(
        card.skills.map(({ id }) => id),
        skillSchemas,
      ),
    ),
  ];
}

function problemsOf({ id, inputSchema, outputSchema }: SkillSchemas): readonly string[] {
  return [inputSchema, outputSchema].flatMap((schema, index) => {
    if (schema === undefined) return [];
    try {
      compileSchema(schema, { unknown: "ignore" });
      return [];
    } catch (error) {
      if (!(error instanceof SchemaError)) throw error;
      return [`skill ${id}: ${index === 0 ? "input" : "output"}: ${error.message}`];
    }
  });
}

function checkOf(id: string, section: string, problems: readonly string[]): ConformanceCheck {
  if (problems.length === 0) return { id, section, outcome: "passed" };
  return { id, section, outcome: "failed", detail: problems.join("; ").slice(0, MAX_DETAIL) };
}
