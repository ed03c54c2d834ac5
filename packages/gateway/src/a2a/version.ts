import { PlatformError } from "@berth/protocol";
import type { CallExchange } from "../edge/exchange.ts";

export const PROTOCOL_VERSIONS = ["1.0", "0.3"] as const;
export type ProtocolVersion = (typeof PROTOCOL_VERSIONS)[number];

/**
 * What `A2A-Version` asks for, as a header or a query parameter; undefined when it says nothing. The patch number does
 * not count (A2A 1.0.1 §3.6). @throws VERSION_NOT_SUPPORTED
 */
export function requestedVersion(exchange: CallExchange): ProtocolVersion | undefined {
  const said = versionText(exchange);
  if (said === "") return undefined;
  const version = PROTOCOL_VERSIONS.find(
    (known) => said === known || (said.startsWith(`${known}.`) && /^\d+\.\d+\.\d+$/.test(said)),
  );
  if (version !== undefined) return version;
  throw new PlatformError("VERSION_NOT_SUPPORTED", `A2A version "${said.slice(0, 20)}" is not spoken here.`, {
    hint: `These are: ${PROTOCOL_VERSIONS.join(", ")}.`,
    metadata: { supportedVersions: PROTOCOL_VERSIONS.join(",") },
  });
}

/** A route or method belongs to one version; saying nothing is fine. @throws VERSION_NOT_SUPPORTED */
export function assertVersion(exchange: CallExchange, version: ProtocolVersion): void {
  const requested = requestedVersion(exchange);
  if (requested === undefined || requested === version) return;
  throw new PlatformError("VERSION_NOT_SUPPORTED", `This address speaks A2A ${version}, not ${requested}.`);
}

export function versionText(exchange: CallExchange): string {
  const header = exchange.header("a2a-version")?.trim();
  if (header !== undefined && header !== "") return header;
  return exchange.query.get("A2A-Version")?.trim() ?? "";
}
