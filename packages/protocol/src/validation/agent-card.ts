import type { AgentCapabilities, AgentCard, AgentExtension, AgentInterface, AgentSkill } from "../a2a.ts";
import type { Parser } from "./place.ts";
import { absoluteUrl } from "./formats.ts";
import { present, protoObject } from "./proto-object.ts";
import { securityRequirements, securityScheme } from "./security.ts";
import { anyString, boolean, filledString, jsonObject, listOf, mapOf, optionalString, strings } from "./values.ts";

const protocolVersion: Parser<string> = (value, place) =>
  typeof value === "string" && /^\d{1,4}\.\d{1,4}(\.\d{1,4})?$/.test(value)
    ? value
    : place.report("must be a protocol version such as 1.0");

const agentInterface: Parser<AgentInterface> = protoObject((object) =>
  present<AgentInterface>({
    // A gRPC address is `host:port`, which is no URL.
    url: object.required("url", object.raw("protocolBinding") === "GRPC" ? filledString : absoluteUrl),
    protocolBinding: object.required("protocolBinding", filledString),
    tenant: object.optional("tenant", optionalString),
    protocolVersion: object.required("protocolVersion", protocolVersion),
  }),
);

const agentExtension: Parser<AgentExtension> = protoObject((object) =>
  present<AgentExtension>({
    uri: object.required("uri", filledString),
    description: object.optional("description", optionalString),
    required: object.optional("required", boolean),
    params: object.optional("params", jsonObject),
  }),
);

export const agentExtensions: Parser<readonly AgentExtension[]> = listOf(agentExtension);

const agentCapabilities: Parser<AgentCapabilities> = protoObject((object) =>
  present<AgentCapabilities>({
    streaming: object.optional("streaming", boolean),
    pushNotifications: object.optional("pushNotifications", boolean),
    extensions: object.optional("extensions", agentExtensions),
    extendedAgentCard: object.optional("extendedAgentCard", boolean),
  }),
);

const agentSkill: Parser<AgentSkill> = protoObject((object) =>
  present<AgentSkill>({
    id: object.required("id", filledString),
    name: object.required("name", filledString),
    description: object.required("description", anyString),
    tags: object.optional("tags", strings) ?? [],
    examples: object.optional("examples", strings),
    inputModes: object.optional("inputModes", strings),
    outputModes: object.optional("outputModes", strings),
    securityRequirements: object.optional("securityRequirements", securityRequirements),
  }),
);

export const agentProvider: Parser<{ readonly url: string; readonly organization: string }> = protoObject((object) =>
  present<{ readonly url: string; readonly organization: string }>({
    url: object.required("url", anyString),
    organization: object.required("organization", anyString),
  }),
);

type Signature = NonNullable<AgentCard["signatures"]>[number];

const signatures: Parser<readonly Signature[]> = listOf(
  protoObject((object) =>
    present<Signature>({
      protected: object.required("protected", filledString),
      signature: object.required("signature", filledString),
      header: object.optional("header", jsonObject),
    }),
  ),
);

/** A card somebody else wrote. Empty `skills` and `tags` pass, as SDKs leave empty lists out. */
export const agentCard: Parser<AgentCard> = protoObject((object) =>
  present<AgentCard>({
    name: object.required("name", filledString),
    description: object.required("description", anyString),
    supportedInterfaces: object.required("supportedInterfaces", listOf(agentInterface, { min: 1, max: 100 })),
    provider: object.optional("provider", agentProvider),
    version: object.required("version", filledString),
    documentationUrl: object.optional("documentationUrl", optionalString),
    capabilities: object.required("capabilities", agentCapabilities),
    securitySchemes: object.optional("securitySchemes", mapOf(securityScheme)),
    securityRequirements: object.optional("securityRequirements", securityRequirements),
    defaultInputModes: object.required("defaultInputModes", strings),
    defaultOutputModes: object.required("defaultOutputModes", strings),
    skills: object.optional("skills", listOf(agentSkill)) ?? [],
    signatures: object.optional("signatures", signatures),
    iconUrl: object.optional("iconUrl", optionalString),
  }),
);
