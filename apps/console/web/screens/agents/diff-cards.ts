import { SKILL_SCHEMAS_EXTENSION } from "@berth/protocol";
import type { AgentCard } from "../../api/types.ts";
import { diffSchemas } from "./diff-schemas.ts";

export interface CardChange {
  readonly kind: "added" | "removed" | "changed";
  /** "skill summarize", "skill summarize: input /limit". */
  readonly what: string;
  readonly from?: string;
  readonly to?: string;
  /** Callers that got along with the old card may not with the new one: why. */
  readonly breaks?: string;
}

const MAX_CHANGES = 200;

/** What callers notice between two cards of an agent, what breaks them first. */
export function diffCards(before: AgentCard, after: AgentCard): readonly CardChange[] {
  const changes = [
    ...texts(before, after),
    ...keyed(
      "interface",
      list(before.supportedInterfaces).map(interfaceName),
      list(after.supportedInterfaces).map(interfaceName),
      "Callers that speak it have no address any more.",
    ),
    ...keyed(
      "input mode",
      list(before.defaultInputModes),
      list(after.defaultInputModes),
      "What callers send may be refused.",
    ),
    ...keyed(
      "output mode",
      list(before.defaultOutputModes),
      list(after.defaultOutputModes),
      "Callers may not get what they read.",
    ),
    ...capabilities(before, after),
    ...security(before, after),
    ...skills(before, after),
  ];
  return changes
    .toSorted((a, b) => Number(b.breaks !== undefined) - Number(a.breaks !== undefined))
    .slice(0, MAX_CHANGES);
}

function texts(before: AgentCard, after: AgentCard): readonly CardChange[] {
  return (["name", "version", "description"] as const).flatMap((name) =>
    before[name] === after[name] ? [] : [{ kind: "changed" as const, what: name, from: before[name], to: after[name] }],
  );
}

function capabilities(before: AgentCard, after: AgentCard): readonly CardChange[] {
  return (["streaming", "pushNotifications", "extendedAgentCard"] as const).flatMap((name): CardChange[] => {
    const [from, to] = [before.capabilities[name] === true, after.capabilities[name] === true];
    if (from === to) return [];
    return [
      to ? { kind: "added", what: name } : { kind: "removed", what: name, breaks: "Callers that use it are refused." },
    ];
  });
}

function security(before: AgentCard, after: AgentCard): readonly CardChange[] {
  const schemes = keyed(
    "credential",
    Object.keys(before.securitySchemes ?? {}),
    Object.keys(after.securitySchemes ?? {}),
    "Callers that come with it are refused.",
  );
  const [from, to] = [list(before.securityRequirements).length > 0, list(after.securityRequirements).length > 0];
  if (from === to) return schemes;
  const what = "credential needed";
  return [
    ...schemes,
    to ? { kind: "added", what, breaks: "Callers without a credential are refused." } : { kind: "removed", what },
  ];
}

function skills(before: AgentCard, after: AgentCard): readonly CardChange[] {
  const [old, now] = [schemasById(before), schemasById(after)];
  const ids = (card: AgentCard): readonly string[] => list(card.skills).map(({ id }) => id);
  const both = list(after.skills).filter(({ id }) => ids(before).includes(id));
  return [
    ...keyed("skill", ids(before), ids(after), "Calls of it are refused."),
    ...both.flatMap((skill): readonly CardChange[] => {
      const former = before.skills.find(({ id }) => id === skill.id);
      const what = `skill ${skill.id}`;
      return [
        ...(former?.description === skill.description
          ? []
          : [
              {
                kind: "changed" as const,
                what: `${what}: description`,
                from: former?.description ?? "",
                to: skill.description,
              },
            ]),
        ...diffSchemas(`${what}: input`, "input", old.get(skill.id)?.input, now.get(skill.id)?.input),
        ...diffSchemas(`${what}: output`, "output", old.get(skill.id)?.output, now.get(skill.id)?.output),
      ];
    }),
  ];
}

function schemasById(card: AgentCard): ReadonlyMap<string, { readonly input: unknown; readonly output: unknown }> {
  const extension = list(card.capabilities.extensions).find(({ uri }) => uri === SKILL_SCHEMAS_EXTENSION);
  const said: unknown = extension?.params?.["skills"];
  return new Map(
    (Array.isArray(said) ? said : []).flatMap((each: unknown) => {
      if (typeof each !== "object" || each === null) return [];
      const { id, inputSchema, outputSchema } = each as { readonly [name: string]: unknown };
      return typeof id === "string" ? [[id, { input: inputSchema, output: outputSchema }] as const] : [];
    }),
  );
}

function keyed(
  what: string,
  before: readonly string[],
  after: readonly string[],
  breaks: string,
): readonly CardChange[] {
  return [
    ...before
      .filter((each) => !after.includes(each))
      .map((each) => ({ kind: "removed" as const, what: `${what} ${each}`, breaks })),
    ...after
      .filter((each) => !before.includes(each))
      .map((each) => ({ kind: "added" as const, what: `${what} ${each}` })),
  ];
}

function interfaceName({ protocolBinding, protocolVersion }: AgentCard["supportedInterfaces"][number]): string {
  return `${protocolBinding} ${protocolVersion}`;
}

/** A card of another agent's making may lack what ours always have. */
function list<T>(value: readonly T[] | undefined): readonly T[] {
  return Array.isArray(value) ? value : [];
}
