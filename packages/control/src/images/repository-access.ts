import { isRepositoryName } from "@berth/deploy";
import { PlatformError, isAllowed } from "@berth/protocol";
import type { Action, Principal } from "@berth/protocol";
import { authorize } from "../auth/authorize.ts";
import { imageError, nameUnknown } from "./image-errors.ts";
import type { RepositoryAddress } from "./image-shelf.ts";

export type ImageAction = Extract<Action, "image.read" | "image.write" | "image.delete">;

/** The agent whose images they are. */
export function agentOfRepository(repository: string): string {
  const end = repository.indexOf("/");
  return end === -1 ? repository : repository.slice(0, end);
}

/** @throws UNAUTHENTICATED, PERMISSION_DENIED, INVALID_PARAMS; IMAGE_NOT_FOUND for what such a key is not for */
export function assertAccess(principal: Principal, action: ImageAction, repository: string): RepositoryAddress {
  authorize(principal, action);
  if (!isRepositoryName(repository)) throw imageError("NAME_INVALID", "This cannot be a repository's name.");
  if (!isWithin(principal, repository)) {
    if (action === "image.read") throw nameUnknown();
    throw new PlatformError("PERMISSION_DENIED", "This key is for the images of certain agents only.", {
      hint: "The first part of a repository's name is the agent's.",
    });
  }
  return { orgId: principal.orgId, repository };
}

/** Without saying why not. */
export function hasAccess(principal: Principal, action: ImageAction, repository: string): boolean {
  return isAllowed(principal, action) && isRepositoryName(repository) && isWithin(principal, repository);
}

function isWithin({ agents }: Principal, repository: string): boolean {
  return agents === undefined || agents.includes(agentOfRepository(repository));
}
