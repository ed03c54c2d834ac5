import type { Edge } from "../edge/edge.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import { blobRoutes } from "./blob-routes.ts";
import { listingRoutes } from "./listing-routes.ts";
import { manifestRoutes } from "./manifest-routes.ts";
import { RegistryTokens } from "./registry-tokens.ts";
import { tokenRoute } from "./token-route.ts";
import { uploadRoutes } from "./upload-routes.ts";

/** The platform's image registry: OCI distribution specification 1.1, and docker's tokens and catalog. */
export function registryRoutes(edge: Edge): readonly PlatformRoute[] {
  const tokens = new RegistryTokens(edge);
  const parts = { edge, tokens };
  return [
    tokenRoute(tokens),
    ...listingRoutes(parts),
    ...manifestRoutes(parts),
    ...uploadRoutes(parts),
    ...blobRoutes(parts),
  ];
}
