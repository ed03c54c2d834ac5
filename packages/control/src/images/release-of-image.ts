import type { ReleaseRecord, Store } from "@berth/store";
import type { RepositoryAddress } from "./image-shelf.ts";
import { agentOfRepository } from "./repository-access.ts";

/** Of an agent that is there: its release that would not run any more without this image. */
export async function releaseOfImage(
  store: Pick<Store, "agents">,
  { orgId, repository }: RepositoryAddress,
  digest: string,
): Promise<ReleaseRecord | undefined> {
  const found = await store.agents.find(orgId, agentOfRepository(repository));
  if (found === undefined) return undefined;
  const releases = await store.agents.releases(orgId, found.agent.agentId);
  return releases.find(({ image, program }) => image?.digest === digest || program?.rootfs === digest);
}
