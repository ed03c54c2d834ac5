import { hash } from "node:crypto";
import { join } from "node:path";
import type { BuildPorts } from "@berth/deploy";
import { openEgressProxy } from "@berth/runtime";
import type { SecretSource } from "@berth/runtime";
import type { Images } from "../images/images.ts";

/** Of images that a build brings before its agent has a name. */
const NAMELESS = "builds";

/** Whose build it is, and who is told of it. */
export interface BuildContext {
  readonly orgId: string;
  /** As far as it is known before the source is read. */
  readonly agentName: string | undefined;
  readonly credential: string | undefined;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface BuildPortsOptions {
  readonly images: Images;
  readonly secrets: Pick<SecretSource, "value">;
  /** What builds leave for later ones. */
  readonly buildCacheFolder: string;
}

/** What buildpacks need of the platform, for one build. */
export function buildPortsFor(
  { images, secrets, buildCacheFolder }: BuildPortsOptions,
  { orgId, agentName, credential, log, signal }: BuildContext,
): BuildPorts {
  const repository = agentName ?? NAMELESS;
  return {
    images: images.place(orgId, repository),
    bases: images.bases(),
    pullImage: async (reference, stop) => {
      const request = { reference, repository, ...(credential === undefined ? {} : { credential }) };
      const { digest } = await images.pull(orgId, request, { signal: stop ?? signal, log });
      return digest;
    },
    secretOf: async (name) => (await secrets.value({ orgId, agentName: agentName ?? "" }, name))?.value,
    registries: {
      open: async (socketPath, hosts) =>
        await openEgressProxy(socketPath, {
          allow: [...hosts],
          onDecision: ({ host, port, decision, detail }) => {
            if (decision === "denied") log(`not let out: ${host}:${port} (${detail})`);
          },
        }),
    },
    // Whoever writes a cache decides what later builds find: each agent has its own, by a name no folder can escape.
    ...(agentName === undefined
      ? {}
      : { cacheFolder: join(buildCacheFolder, hash("sha256", `${orgId}/${agentName}`).slice(0, 32)) }),
  };
}
