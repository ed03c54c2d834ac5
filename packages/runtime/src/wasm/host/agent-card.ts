import type { JsonObject, JsonValue } from "@berth/protocol";
import { SKILL_SCHEMAS } from "./wire-names.ts";

/** Where every instance of the host is reached; only the path counts. */
const INTERFACES = [{ url: "http://localhost/", protocolBinding: "HTTP+JSON", protocolVersion: "1.0" }];
const TEXT_AND_DATA = ["text/plain", "application/json"];

/**
 * The AgentCard: what `agent_describe` says, or the file beside the module, with the interface that is really there.
 * Input and output schemas beside a skill become the extension that carries them. The platform parses the result.
 */
export function cardOf(described: JsonObject): JsonObject {
  const { skills, capabilities, ...rest } = described;
  const list = Array.isArray(skills) ? skills.filter(isObject) : [];
  const schemas = list.flatMap(({ id = null, inputSchema, outputSchema }) =>
    inputSchema === undefined && outputSchema === undefined
      ? []
      : [{ id, ...(inputSchema && { inputSchema }), ...(outputSchema && { outputSchema }) }],
  );
  const own = isObject(capabilities) && Array.isArray(capabilities["extensions"]) ? capabilities["extensions"] : [];
  const extensions: JsonValue[] = [...own];
  if (schemas.length > 0) {
    const description = "JSON Schemas of what each skill takes and gives.";
    extensions.push({ uri: SKILL_SCHEMAS, description, params: { skills: schemas } });
  }
  return {
    version: "1.0.0",
    defaultInputModes: TEXT_AND_DATA,
    defaultOutputModes: TEXT_AND_DATA,
    ...rest,
    supportedInterfaces: INTERFACES,
    capabilities: { streaming: true, pushNotifications: false, ...(extensions.length === 0 ? {} : { extensions }) },
    skills: list.map(({ inputSchema: _in, outputSchema: _out, ...skill }) => ({
      name: skill["id"] ?? null,
      tags: [],
      ...skill,
    })),
  };
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
