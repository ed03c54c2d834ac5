import type { AgentCard, AgentSkill } from "../a2a.ts";
import { SKILL_SCHEMAS_EXTENSION } from "../a2a.ts";
import { change, cosmetic, keyed } from "./card-change.ts";
import type { CardChange } from "./card-change.ts";
import { list } from "./card-list.ts";
import { diffSchemas } from "./diff-schemas.ts";

interface Schemas {
  readonly input: unknown;
  readonly output: unknown;
}

interface Side {
  readonly card: AgentCard;
  readonly skill: AgentSkill;
  readonly schemas: Schemas | undefined;
}

/** What changed of the skills: those that are gone, new, called otherwise, and what each takes and gives. */
export function diffSkills(before: AgentCard, after: AgentCard): readonly CardChange[] {
  const [old, now] = [skillsOf(before), skillsOf(after)];
  const renamed = renames(old, now);
  const gone = [...old.keys()].filter((id) => !renamed.has(id));
  const taken = [...renamed.values()];
  const fresh = [...now.keys()].filter((id) => !taken.includes(id));
  return [
    ...keyed("skill", { before: gone, after: fresh }, { gone: "Calls of it are refused." }),
    ...[...renamed].map(([from, to]) =>
      change({ kind: "changed", what: `skill ${from}: id`, from, to, breaks: "Calls by the old id are refused." }),
    ),
    ...[...now].flatMap(([id, side]) => {
      const former = old.get(id);
      return former === undefined ? [] : diffSkill(`skill ${id}`, former, side);
    }),
  ];
}

function diffSkill(what: string, former: Side, side: Side): readonly CardChange[] {
  const [old, now] = [former.skill, side.skill];
  return [
    ...modes(what, former, side),
    ...needs(what, old, now),
    ...diffSchemas(`${what}: input`, "input", { before: former.schemas?.input, after: side.schemas?.input }),
    ...diffSchemas(`${what}: output`, "output", { before: former.schemas?.output, after: side.schemas?.output }),
    ...(["name", "description", "tags", "examples"] as const)
      .filter((field) => JSON.stringify(old[field]) !== JSON.stringify(now[field]))
      .map((field) =>
        cosmetic({ kind: "changed", what: `${what}: ${field}`, from: shown(old[field]), to: shown(now[field]) }),
      ),
  ];
}

/** Of skills that have modes of their own; others have the card's, of which the card's changes tell. */
function modes(what: string, { card: old, skill: was }: Side, { card: now, skill: is }: Side): readonly CardChange[] {
  const input = {
    before: list(was.inputModes ?? old.defaultInputModes),
    after: list(is.inputModes ?? now.defaultInputModes),
  };
  const output = {
    before: list(was.outputModes ?? old.defaultOutputModes),
    after: list(is.outputModes ?? now.defaultOutputModes),
  };
  return [
    ...(was.inputModes === undefined && is.inputModes === undefined
      ? []
      : keyed(`${what}: input mode`, input, { gone: "What callers send may be refused." })),
    ...(was.outputModes === undefined && is.outputModes === undefined
      ? []
      : keyed(`${what}: output mode`, output, { gone: "Callers may not get what they read." })),
  ];
}

function needs(what: string, was: AgentSkill, is: AgentSkill): readonly CardChange[] {
  const [from, to] = [list(was.securityRequirements).length > 0, list(is.securityRequirements).length > 0];
  if (from === to) return [];
  const said = `${what}: credential needed`;
  const breaks = "Callers without a credential are refused.";
  return [change(to ? { kind: "added", what: said, breaks } : { kind: "removed", what: said })];
}

/** Old id to new id, where one that is gone and one that is new have the same name or say the same of themselves. */
function renames(old: ReadonlyMap<string, Side>, now: ReadonlyMap<string, Side>): ReadonlyMap<string, string> {
  const fresh = [...now.values()].filter(({ skill }) => !old.has(skill.id));
  const renamed = new Map<string, string>();
  for (const [id, side] of old) {
    if (now.has(id)) continue;
    const [match, second] = fresh.filter(
      (each) => isSame(side, each) && ![...renamed.values()].includes(each.skill.id),
    );
    if (match !== undefined && second === undefined) renamed.set(id, match.skill.id);
  }
  return renamed;
}

function isSame(one: Side, other: Side): boolean {
  if (JSON.stringify(one.schemas) !== JSON.stringify(other.schemas)) return false;
  const { name, description } = one.skill;
  const isNamed = name !== one.skill.id && name === other.skill.name;
  return isNamed || (description !== "" && description === other.skill.description);
}

function skillsOf(card: AgentCard): ReadonlyMap<string, Side> {
  const schemas = schemasById(card);
  return new Map(list(card.skills).map((skill) => [skill.id, { card, skill, schemas: schemas.get(skill.id) }]));
}

function schemasById(card: AgentCard): ReadonlyMap<string, Schemas> {
  const extension = list(card.capabilities?.extensions).find(({ uri }) => uri === SKILL_SCHEMAS_EXTENSION);
  const said: unknown = extension?.params?.["skills"];
  return new Map(
    (Array.isArray(said) ? said : []).flatMap((each: unknown) => {
      if (typeof each !== "object" || each === null) return [];
      // What is not null is an object with string keys.
      const { id, inputSchema, outputSchema } = each as { readonly [name: string]: unknown };
      return typeof id === "string" ? [[id, { input: inputSchema, output: outputSchema }] as const] : [];
    }),
  );
}

function shown(value: string | readonly string[] | undefined): string {
  return typeof value === "string" ? value : list(value).join(", ");
}
