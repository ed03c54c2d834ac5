import { isPlatformError } from "@berth/protocol";
import type { AgentCard } from "@berth/protocol";
import { selectInterface } from "@berth/runtime";
import type { ReleaseRecord, RemoteRelease } from "@berth/store";
import type { CardDrift } from "./remote-agents.ts";

/** What a caller would notice of the new card. */
export function cardDrift(
  { digest, card, remote }: ReleaseRecord & { readonly remote: RemoteRelease },
  found: { readonly digest: string; readonly card: AgentCard },
): CardDrift {
  const [before, after] = [card, found.card].map(({ skills }) => skills.map(({ id }) => id));
  const from = nameOf(remote);
  const to = chosenOf(found.card);
  return {
    oldDigest: digest,
    newDigest: found.digest,
    skillsAdded: missing(after, before),
    skillsRemoved: missing(before, after),
    ...(from === to ? {} : { interface: { from, to } }),
  };
}

function chosenOf(card: AgentCard): string {
  try {
    return nameOf(selectInterface(card));
  } catch (error) {
    if (isPlatformError(error)) return "none that can be spoken here";
    throw error;
  }
}

function nameOf(spoken: {
  readonly protocolBinding: string;
  readonly protocolVersion: string;
  readonly url: string;
}): string {
  return `${spoken.protocolBinding} ${spoken.protocolVersion} ${spoken.url}`;
}

function missing(these: readonly string[] = [], those: readonly string[] = []): readonly string[] {
  return these.filter((id) => !those.includes(id));
}
