import { DEFAULT_AUTH_SCHEMES, changeClass, diffCards, semverHint } from "@berth/protocol";
import type { AgentConfig, CardChange } from "@berth/protocol";
import type { ReleaseRecord } from "@berth/store";
import type { ReleaseChanges } from "./distributions.ts";

type Compared = Pick<ReleaseRecord, "card" | "config">;

/** What callers notice between two releases: their cards, and what berth.json says of who may come in and how. */
export function releaseChanges(before: ReleaseRecord | undefined, after: Compared): ReleaseChanges {
  if (before === undefined) return { level: "none", changes: [] };
  const found = [...diffConfigs(before.config, after.config), ...diffCards(before.card, after.card)];
  const changes = found.toSorted((a, b) => Number(b.level === "breaking") - Number(a.level === "breaking"));
  const level = changeClass(changes);
  const hint = semverHint(level, before.card.version, after.card.version);
  return { since: before, level, changes, ...(hint === undefined ? {} : { hint }) };
}

function diffConfigs(before: AgentConfig, after: AgentConfig): readonly CardChange[] {
  return [
    ...lost("protocol version", before.protocolVersions, after.protocolVersions, "Callers that speak it are refused."),
    ...lost("way to sign in", schemesOf(before), schemesOf(after), "Callers that come by it are refused."),
    ...lost(
      "OAuth scope needed",
      after.auth?.requiredScopes ?? [],
      before.auth?.requiredScopes ?? [],
      "Callers without it are refused.",
    ).map(turned),
    ...lost("skill hidden", after.hiddenSkills ?? [], before.hiddenSkills ?? [], "It is not on the public card.").map(
      turned,
    ),
    ...visibility(before.visibility, after.visibility),
  ];
}

function schemesOf({ auth }: AgentConfig): readonly string[] {
  return auth?.schemes ?? DEFAULT_AUTH_SCHEMES;
}

function visibility(from: AgentConfig["visibility"], to: AgentConfig["visibility"]): readonly CardChange[] {
  if (from === to) return [];
  const said = { kind: "changed", what: "visibility", from, to } as const;
  if (to === "public") return [{ ...said, level: "compatible" }];
  return [{ ...said, level: "breaking", breaks: "Callers without a credential are refused." }];
}

function lost(
  what: string,
  before: readonly string[],
  after: readonly string[],
  breaks: string,
): readonly CardChange[] {
  const isGone = (these: readonly string[], those: readonly string[]): readonly string[] =>
    these.filter((each) => !those.includes(each));
  return [
    ...isGone(before, after).map((each) => ({
      kind: "removed" as const,
      what: `${what} ${each}`,
      level: "breaking" as const,
      breaks,
    })),
    ...isGone(after, before).map((each) => ({
      kind: "added" as const,
      what: `${what} ${each}`,
      level: "compatible" as const,
    })),
  ];
}

/** Asked the other way round, because what comes is what breaks. */
function turned(change: CardChange): CardChange {
  return { ...change, kind: change.kind === "removed" ? "added" : "removed" };
}
