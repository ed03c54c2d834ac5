import { PlatformError, SKILL_SCHEMAS_EXTENSION } from "@berth/protocol";
import type { AgentCard, AgentConfig, AgentExtension, JsonValue, Principal } from "@berth/protocol";
import type { AgentWithRelease } from "@berth/store";

/** The agent as this caller may know it: nobody without a credential learns of its hidden skills. */
export function visibleTo(principal: Principal, found: AgentWithRelease): AgentWithRelease {
  return principal.kind === "anonymous" ? withoutHiddenSkills(found) : found;
}

/** The agent as everybody may know it. */
export function withoutHiddenSkills(found: AgentWithRelease): AgentWithRelease {
  const { agent, release } = found;
  const hidden = release.config.hiddenSkills ?? [];
  if (hidden.length === 0) return found;
  const isShown = ({ id }: { readonly id: string }): boolean => !hidden.includes(id);
  const { card, skillSchemas } = release;
  const { extensions } = card.capabilities;
  const shown: AgentCard = {
    ...card,
    capabilities: {
      ...card.capabilities,
      ...(extensions === undefined ? {} : { extensions: extensions.map((each) => withoutSchemasOf(hidden, each)) }),
    },
    skills: card.skills.filter(isShown),
  };
  return { agent, release: { ...release, card: shown, skillSchemas: skillSchemas.filter(isShown) } };
}

/** The card carries the schemas of every skill, hidden ones too. */
function withoutSchemasOf(hidden: readonly string[], extension: AgentExtension): AgentExtension {
  const skills = extension.params?.["skills"];
  if (extension.uri !== SKILL_SCHEMAS_EXTENSION || !Array.isArray(skills)) return extension;
  const shown = skills.filter((skill: JsonValue) => !hidden.some((id) => isOfSkill(skill, id)));
  return { ...extension, params: { ...extension.params, skills: shown } };
}

function isOfSkill(skill: JsonValue, id: string): boolean {
  return typeof skill === "object" && skill !== null && "id" in skill && skill.id === id;
}

/** A misspelt id would publish what was meant to be hidden. @throws CONFIG_INVALID */
export function assertHiddenSkills(card: AgentCard, { hiddenSkills = [] }: Pick<AgentConfig, "hiddenSkills">): void {
  const known = card.skills.map(({ id }) => id);
  const violations = hiddenSkills.flatMap((id, index) =>
    known.includes(id)
      ? []
      : [
          {
            field: `hiddenSkills[${index}]`,
            description: `the card has no skill "${id}"; it has: ${known.join(", ")}`,
          },
        ],
  );
  if (hiddenSkills.length > 0 && known.every((id) => hiddenSkills.includes(id))) {
    violations.push({ field: "hiddenSkills", description: "must leave at least one skill on the public card" });
  }
  const [first] = violations;
  if (first === undefined) return;
  throw new PlatformError("CONFIG_INVALID", `berth.json: ${first.field}: ${first.description}`, { violations });
}
