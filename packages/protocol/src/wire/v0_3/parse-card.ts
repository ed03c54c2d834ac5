import type { AgentCapabilities, AgentCard, AgentInterface, AgentSkill } from "../../a2a.ts";
import { agentExtensions, agentProvider } from "../../validation/agent-card.ts";
import { absoluteUrl } from "../../validation/formats.ts";
import { parseWith } from "../../validation/place.ts";
import type { Parser } from "../../validation/place.ts";
import { present, protoObject } from "../../validation/proto-object.ts";
import type { ProtoObject } from "../../validation/proto-object.ts";
import { anyString, boolean, filledString, listOf, mapOf, optionalString, strings } from "../../validation/values.ts";
import { v03Security, v03SecurityScheme } from "./security.ts";

/**
 * A 0.3 card, normalised to 1.0. Its signatures are dropped: they sign the 0.3 form.
 * @throws PlatformError INVALID_PARAMS with every violation.
 */
export function fromV03Card(value: unknown): AgentCard {
  return parseWith(v03Card, value);
}

/** Whether a fetched card can only be read as 0.3: it has a `url` of its own and no `supportedInterfaces`. */
export function isV03Card(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.hasOwn(value, "url") &&
    !Object.hasOwn(value, "supportedInterfaces") &&
    !Object.hasOwn(value, "supported_interfaces")
  );
}

type Address = Pick<AgentInterface, "url" | "protocolBinding">;

const additionalInterface: Parser<Address> = protoObject((object) =>
  present<Address>({
    url: object.required("url", object.raw("transport") === "GRPC" ? filledString : absoluteUrl),
    protocolBinding: object.required("transport", filledString),
  }),
);

const v03Skill: Parser<AgentSkill> = protoObject((object) =>
  present<AgentSkill>({
    id: object.required("id", filledString),
    name: object.required("name", filledString),
    description: object.required("description", anyString),
    tags: object.optional("tags", strings) ?? [],
    examples: object.optional("examples", strings),
    inputModes: object.optional("inputModes", strings),
    outputModes: object.optional("outputModes", strings),
    securityRequirements: object.optional("security", v03Security),
  }),
);

const v03Card: Parser<AgentCard> = protoObject((object) => {
  const extendedAgentCard = object.optional("supportsAuthenticatedExtendedCard", boolean);
  return present<AgentCard>({
    name: object.required("name", filledString),
    description: object.required("description", anyString),
    supportedInterfaces: readInterfaces(object),
    provider: object.optional("provider", agentProvider),
    version: object.required("version", filledString),
    documentationUrl: object.optional("documentationUrl", optionalString),
    capabilities: object.required("capabilities", capabilitiesWith(extendedAgentCard)),
    securitySchemes: object.optional("securitySchemes", mapOf(v03SecurityScheme)),
    securityRequirements: object.optional("security", v03Security),
    defaultInputModes: object.required("defaultInputModes", strings),
    defaultOutputModes: object.required("defaultOutputModes", strings),
    skills: object.optional("skills", listOf(v03Skill)) ?? [],
    signatures: undefined,
    iconUrl: object.optional("iconUrl", optionalString),
  });
});

function capabilitiesWith(extendedAgentCard: boolean | undefined): Parser<AgentCapabilities> {
  return protoObject((object) =>
    present<AgentCapabilities>({
      streaming: object.optional("streaming", boolean),
      pushNotifications: object.optional("pushNotifications", boolean),
      extensions: object.optional("extensions", agentExtensions),
      extendedAgentCard,
    }),
  );
}

/** The main address first; 0.3 cards usually list it again among the additional ones. */
function readInterfaces(object: ProtoObject): readonly AgentInterface[] | undefined {
  const protocolBinding = object.optional("preferredTransport", optionalString) ?? "JSONRPC";
  const url = object.required("url", protocolBinding === "GRPC" ? filledString : absoluteUrl);
  const more = object.optional("additionalInterfaces", listOf(additionalInterface, { max: 100 })) ?? [];
  const protocolVersion = readVersion(object);
  if (url === undefined) return undefined;
  const others = more.filter((other) => other.url !== url || other.protocolBinding !== protocolBinding);
  return [{ url, protocolBinding }, ...others].map((address) => ({ ...address, protocolVersion }));
}

/** `0.3.0` becomes `0.3`: in 1.0 the patch number does not count. */
function readVersion(object: ProtoObject): string {
  const version = object.optional("protocolVersion", optionalString) ?? "0.3";
  return /^\d+\.\d+/.exec(version)?.[0] ?? "0.3";
}
