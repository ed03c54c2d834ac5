import type { AgentCard, JsonObject } from "@berth/protocol";
import { TOOL_HINTS_EXTENSION, extensionParams } from "./card-extension.ts";
import { objectAt, objectsAt } from "./json.ts";

const FLAGS = ["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"] as const;

/** What the agent says of one of its skills, as far as it has the form that clients accept. */
export function hintsOf(
  card: AgentCard,
  skillId: string,
): { readonly annotations?: JsonObject; readonly needsTask: boolean } {
  const said = objectsAt(extensionParams(card, TOOL_HINTS_EXTENSION), "skills").find(({ id }) => id === skillId);
  const given = objectAt(said, "annotations") ?? {};
  const flags = FLAGS.filter((flag) => typeof given[flag] === "boolean");
  const needsTask = said?.["taskSupport"] === "required";
  if (flags.length === 0) return { needsTask };
  return { needsTask, annotations: Object.fromEntries(flags.map((flag) => [flag, given[flag] ?? false])) };
}
