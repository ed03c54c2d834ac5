import type { AgentInfo } from "@berth/sdk/client";

type Drift = NonNullable<NonNullable<AgentInfo["remote"]>["drift"]>;

/** What a remote agent's card says now that it did not say when it was adopted, in one line. */
export function describeDrift({ skillsAdded, skillsRemoved, interface: moved, newDigest }: Drift): string {
  const changes = [
    ...(skillsAdded.length === 0 ? [] : [`new skills ${skillsAdded.join(", ")}`]),
    ...(skillsRemoved.length === 0 ? [] : [`skills gone ${skillsRemoved.join(", ")}`]),
    ...(moved === undefined ? [] : [`interface ${moved.from} becomes ${moved.to}`]),
  ];
  return `${changes.length === 0 ? "wording only" : changes.join("; ")} (${newDigest})`;
}
