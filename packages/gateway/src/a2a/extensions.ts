import { PlatformError } from "@berth/protocol";
import type { AgentCard } from "@berth/protocol";
import { findAddressed } from "../edge/addressed-release.ts";
import type { CallExchange } from "../edge/exchange.ts";
import type { AnyCall } from "./operations.ts";
import { PLATFORM_EXTENSIONS } from "./platform-extensions.ts";
import type { ProtocolVersion } from "./version.ts";

const MAX_REQUESTED = 64;
/** A URI as a list in a header can hold it: no spaces, commas or quotes. */
const URI = /^[a-z][a-z0-9+.-]{0,31}:[\x21\x23-\x2b\x2d-\x7e]{1,480}$/i;

export const EXTENSIONS_HEADER: Readonly<Record<ProtocolVersion, string>> = {
  "1.0": "A2A-Extensions",
  "0.3": "X-A2A-Extensions",
};

/** What the caller asks for, under the name of either version, each once. @throws INVALID_PARAMS */
export function requestedExtensions(exchange: CallExchange): readonly string[] {
  const said = Object.values(EXTENSIONS_HEADER).flatMap(
    (name) => exchange.header(name.toLowerCase())?.split(",") ?? [],
  );
  const uris = [...new Set(said.map((uri) => uri.trim()).filter((uri) => uri !== ""))];
  if (uris.length <= MAX_REQUESTED && uris.every((uri) => URI.test(uri))) return uris;
  const violation = {
    field: EXTENSIONS_HEADER["1.0"],
    description: `must be at most ${MAX_REQUESTED} URIs with commas between`,
  };
  throw new PlatformError("INVALID_PARAMS", `${violation.field}: ${violation.description}`, {
    violations: [violation],
  });
}

/** Those of the requested ones that this agent has, of its own or because the platform has them. */
export async function activatedExtensions({ edge, exchange, agent }: AnyCall): Promise<readonly string[]> {
  const requested = requestedExtensions(exchange);
  if (requested.length === 0) return requested;
  const { release } = await findAddressed(edge.control, exchange.principal, agent);
  const known = [...PLATFORM_EXTENSIONS, ...(release.card.capabilities.extensions ?? [])].map(({ uri }) => uri);
  return requested.filter((uri) => known.includes(uri));
}

/** @throws EXTENSION_SUPPORT_REQUIRED when the agent requires one that the caller does not speak (A2A 1.0.1 §3.3.4). */
export function assertRequiredExtensions({ capabilities }: AgentCard, requested: readonly string[]): void {
  const required = (capabilities.extensions ?? []).filter((extension) => extension.required === true);
  const missing = required.map(({ uri }) => uri).filter((uri) => !requested.includes(uri));
  if (missing.length === 0) return;
  throw new PlatformError("EXTENSION_SUPPORT_REQUIRED", `This agent requires extensions: ${missing.join(", ")}.`, {
    hint: `Name them in the ${EXTENSIONS_HEADER["1.0"]} header, if you speak them.`,
    metadata: { requiredExtensions: missing.join(",") },
  });
}

/** Those that the agent is to know of: what the platform does itself is no business of the agent. */
export function extensionsForAgent(requested: readonly string[]): readonly string[] {
  return requested.filter((uri) => !PLATFORM_EXTENSIONS.some((extension) => extension.uri === uri));
}
