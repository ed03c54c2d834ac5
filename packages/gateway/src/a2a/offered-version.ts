import { PlatformError } from "@berth/protocol";
import { findAddressed } from "../edge/addressed-release.ts";
import type { AnyCall } from "./operations.ts";
import type { ProtocolVersion } from "./version.ts";

/**
 * The platform speaks both versions, an agent may be offered in one (`protocolVersions` in berth.json): then the other
 * is not spoken at its address (A2A 1.0.1 §3.6.2). @throws VERSION_NOT_SUPPORTED, AGENT_NOT_FOUND
 */
export async function assertOffered({ edge, exchange, agent }: AnyCall, version: ProtocolVersion): Promise<void> {
  const { release } = await findAddressed(edge.control, exchange.principal, agent);
  const { protocolVersions } = release.config;
  if (protocolVersions.includes(version)) return;
  throw new PlatformError("VERSION_NOT_SUPPORTED", `The agent "${agent.name}" does not speak A2A ${version}.`, {
    hint: `It speaks: ${protocolVersions.join(", ")}.`,
    metadata: { supportedVersions: protocolVersions.join(",") },
  });
}
