import type { AgentConfig } from "@berth/protocol";
import { secretsInText } from "@berth/protocol";

/**
 * What berth.json allows an agent, for those who may look inside. Values of its environment and of headers stay where they are: people
 * write credentials there, whatever the reference says.
 */
export function toConfigJson({ env, upstreams, ...config }: AgentConfig): object {
  return {
    ...config,
    env: Object.keys(env ?? {}),
    upstreams: Object.fromEntries(
      Object.entries(upstreams ?? {}).map(([name, { headers, ...upstream }]) => [
        name,
        {
          ...upstream,
          headers: Object.keys(headers),
          secrets: [...new Set(Object.values(headers).flatMap(secretsInText))],
        },
      ]),
    ),
  };
}
