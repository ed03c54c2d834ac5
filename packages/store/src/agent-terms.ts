import type { AgentFilter, ReleaseRecord } from "./agent-store.ts";

/** What a release is found by. Computed here once for every driver, so that search means the same everywhere. */
export interface AgentTerms {
  readonly tags: readonly string[];
  readonly skills: readonly string[];
  readonly text: string;
}

export function agentTerms(name: string, release: ReleaseRecord): AgentTerms {
  const { card, config } = release;
  // Terms are the same for everybody who searches, so what only some may know of is not among them.
  const shown = card.skills.filter((skill) => config.hiddenSkills?.includes(skill.id) !== true);
  const tags = [...new Set([...config.tags, ...shown.flatMap((skill) => skill.tags)].map(searchable))];
  const skills = shown.map((skill) => searchable(skill.id));
  const words = shown.flatMap((skill) => [skill.id, skill.name, skill.description]);
  return { tags, skills, text: foldText([name, card.name, card.description, ...words, ...tags].join("\n")) };
}

/** The parts of a filter that are matched against terms, folded in the same way. */
export function termsOfFilter(filter: AgentFilter): {
  readonly tags: readonly string[];
  readonly skill?: string;
  readonly text?: string;
} {
  return {
    tags: (filter.tags ?? []).map(searchable),
    ...(filter.skill === undefined ? {} : { skill: searchable(filter.skill) }),
    ...(filter.text === undefined ? {} : { text: foldText(filter.text) }),
  };
}

function foldText(text: string): string {
  return searchable(text.toLowerCase());
}

/** A card may say anything; a text column of PostgreSQL cannot hold NUL. */
function searchable(text: string): string {
  return text.toWellFormed().replaceAll("\u0000", "\u{FFFD}");
}
