import { secretsOfUpstreams } from "@berth/protocol";
import type { AgentConfig } from "@berth/protocol";
import type { SecretAddress } from "./secrets.ts";

/** Which agents use a secret: their own, or the organization's where they have none of that name. */
export function secretUsers(
  secrets: readonly SecretAddress[],
  agents: readonly { readonly agentName: string; readonly config: Pick<AgentConfig, "upstreams"> }[],
): (secret: SecretAddress) => readonly string[] {
  const own = new Set(
    secrets.flatMap(({ name, agentName }) => (agentName === undefined ? [] : [`${agentName}/${name}`])),
  );
  const uses = agents.map(({ agentName, config }) => ({ agentName, names: secretsOfUpstreams(config.upstreams) }));
  return ({ name, agentName: owner }) =>
    uses
      .filter(({ agentName, names }) => {
        if (!names.includes(name)) return false;
        return owner === undefined ? !own.has(`${agentName}/${name}`) : owner === agentName;
      })
      .map(({ agentName }) => agentName);
}
