import type { Targets } from "@berth/control";

type Target = Awaited<ReturnType<Targets["get"]>>;
type Placed = Awaited<ReturnType<Targets["placements"]>>[number];

/** What opens it is never shown, only whether it has something of its own. */
export function toTargetJson({ name, kind, settings, sealedCredential, registry, ...record }: Target): object {
  return {
    name,
    kind,
    settings,
    hasCredential: sealedCredential !== undefined,
    registry:
      registry === undefined ? null : { repository: registry.repository, credential: registry.credential ?? null },
    createdBy: record.createdBy,
    createdAt: record.createdAt,
    updatedAt: record.updatedAt,
  };
}

/** What the target gave for itself stays with the platform: it is the target's own business. */
export function toPlacementJson({ releaseId, target, placement, createdAt }: Placed): object {
  const { url } = placement;
  return { release: releaseId, target, url: url ?? null, placedAt: createdAt };
}
