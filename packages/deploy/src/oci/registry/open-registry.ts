import { PlatformError } from "@berth/protocol";
import { isRepositoryName } from "./image-reference.ts";
import { RegistryConnection } from "./registry-connection.ts";
import type { RegistryOptions } from "./registry-connection.ts";
import { RegistryRepository } from "./registry-repository.ts";

export interface Registry {
  /** @throws INVALID_PARAMS for a name that no repository can have */
  repository(name: string): RegistryRepository;
}

/** Speaks to one registry with one credential, of which its tokens are kept as long as this is. Nothing is to be closed. */
export function openRegistry(options: RegistryOptions): Registry {
  const connection = new RegistryConnection(options);
  return {
    repository: (name) => {
      if (!isRepositoryName(name))
        throw new PlatformError("INVALID_PARAMS", `${JSON.stringify(name.slice(0, 300))} is no repository's name.`);
      return new RegistryRepository(connection, name);
    },
  };
}
