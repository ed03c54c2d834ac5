import type { AgentCard } from "../a2a.ts";
import { SKILL_SCHEMAS_EXTENSION } from "../a2a.ts";
import { byLevel, change, cosmetic, keyed } from "./card-change.ts";
import type { CardChange } from "./card-change.ts";
import { diffSkills } from "./diff-skills.ts";
import { list } from "./card-list.ts";

const MAX_CHANGES = 200;

/** What callers notice between two cards of an agent, what breaks them first. Cards are strangers': parts may be missing. */
export function diffCards(before: AgentCard, after: AgentCard): readonly CardChange[] {
  const both = <T>(read: (card: AgentCard) => T): { readonly before: T; readonly after: T } => ({
    before: read(before),
    after: read(after),
  });
  const changes = [
    ...keyed("interface", both(interfaces), { gone: "Callers that speak it have no address any more." }),
    ...keyed(
      "input mode",
      both(({ defaultInputModes }) => list(defaultInputModes)),
      { gone: "What callers send may be refused." },
    ),
    ...keyed(
      "output mode",
      both(({ defaultOutputModes }) => list(defaultOutputModes)),
      { gone: "Callers may not get what they read." },
    ),
    ...capabilities(before, after),
    ...keyed("extension", both(extensions), { gone: "Callers that use it are refused." }),
    ...keyed("required extension", both(requiredExtensions), { fresh: "Callers that do not know it are refused." }),
    ...security(before, after),
    ...diffSkills(before, after),
    ...texts(before, after),
  ];
  return byLevel(changes).slice(0, MAX_CHANGES);
}

function texts(before: AgentCard, after: AgentCard): readonly CardChange[] {
  const fields = ["name", "version", "description", "documentationUrl", "iconUrl"] as const;
  return fields.flatMap((name) => {
    const [from = "", to = ""] = [before[name], after[name]];
    return from === to ? [] : [cosmetic({ kind: "changed", what: name, from, to })];
  });
}

function capabilities(before: AgentCard, after: AgentCard): readonly CardChange[] {
  return (["streaming", "pushNotifications", "extendedAgentCard"] as const).flatMap((name): readonly CardChange[] => {
    const [from, to] = [before.capabilities?.[name] === true, after.capabilities?.[name] === true];
    if (from === to) return [];
    const breaks = "Callers that use it are refused.";
    return [change(to ? { kind: "added", what: name } : { kind: "removed", what: name, breaks })];
  });
}

function security(before: AgentCard, after: AgentCard): readonly CardChange[] {
  const names = { before: Object.keys(before.securitySchemes ?? {}), after: Object.keys(after.securitySchemes ?? {}) };
  const schemes = keyed("credential", names, { gone: "Callers that come with it are refused." });
  const [from, to] = [list(before.securityRequirements).length > 0, list(after.securityRequirements).length > 0];
  const what = "credential needed";
  if (from !== to) {
    const added = change({ kind: "added", what, breaks: "Callers without a credential are refused." });
    return [...schemes, to ? added : change({ kind: "removed", what })];
  }
  // Any one of them suffices, so one that goes takes its callers along.
  const ways = (card: AgentCard): readonly string[] =>
    list(card.securityRequirements).map((each) =>
      Object.keys(each.schemes ?? {})
        .toSorted()
        .join(" and "),
    );
  const gone = "Callers that come with no other are refused.";
  return [...schemes, ...keyed("way to be let in by", { before: ways(before), after: ways(after) }, { gone })];
}

function interfaces({ supportedInterfaces }: AgentCard): readonly string[] {
  return list(supportedInterfaces).map(
    ({ protocolBinding, protocolVersion }) => `${protocolBinding} ${protocolVersion}`,
  );
}

function extensions({ capabilities: said }: AgentCard): readonly string[] {
  return list(said?.extensions)
    .map(({ uri }) => uri)
    .filter((uri) => uri !== SKILL_SCHEMAS_EXTENSION);
}

function requiredExtensions({ capabilities: said }: AgentCard): readonly string[] {
  return list(said?.extensions)
    .filter(({ required }) => required === true)
    .map(({ uri }) => uri);
}
