import type { Placement } from "@berth/deploy/targets";
import type { JsonObject } from "@berth/protocol";

/** As it is kept. */
export function placementJson(placement: Placement): JsonObject {
  const plain: JsonObject = JSON.parse(JSON.stringify(placement));
  return plain;
}

/** As a target gave it. */
export function placementOf({ placement }: { readonly placement: JsonObject }): Placement {
  // Made by `placementJson` from a Placement, and by nothing else.
  return placement as unknown as Placement;
}
