import type { AgentCard, AgentInterface, AgentSkill, JsonObject, JsonValue } from "../../a2a.ts";
import { PlatformError } from "../../errors.ts";
import { filled, json } from "./json.ts";
import { toV03Security, toV03SecurityScheme } from "./security.ts";

const PROTOCOL_VERSION = "0.3.0";

/**
 * The card as a 0.3 client reads it, made of the card's 0.3 interfaces. The signatures are left out: they sign the 1.0
 * form.
 * @throws PlatformError VERSION_NOT_SUPPORTED when no interface speaks 0.3.
 */
export function toV03Card(card: AgentCard): JsonObject {
  return json({
    ...commonFields(card),
    securitySchemes: mapValues(card.securitySchemes, toV03SecurityScheme),
    security: card.securityRequirements === undefined ? undefined : toV03Security(card.securityRequirements),
    skills: card.skills.map((skill) =>
      json({
        ...skillFields(skill),
        security: skill.securityRequirements === undefined ? undefined : toV03Security(skill.securityRequirements),
      }),
    ),
  });
}

/** What `GET /v1/card` answers: proto JSON, which spells security as 1.0 does. */
export function toV03RestCard(card: AgentCard): JsonObject {
  return json({
    ...commonFields(card),
    securitySchemes: card.securitySchemes,
    security: card.securityRequirements?.map(({ schemes }) => ({ schemes })),
    skills: card.skills.map((skill) =>
      json({ ...skillFields(skill), security: skill.securityRequirements?.map(({ schemes }) => ({ schemes })) }),
    ),
  });
}

/**
 * One card for clients of both versions: every 1.0 field, and the 0.3 fields beside them. A security scheme carries
 * both spellings, because both versions look under the same key. A card without a 0.3 interface stays as it is.
 */
export function toHybridCard(card: AgentCard): JsonObject {
  if (v03Interfaces(card).length === 0) return v1Fields(card);
  const skills = card.skills.map((skill) =>
    json({
      ...v1Fields(skill),
      security: skill.securityRequirements === undefined ? undefined : toV03Security(skill.securityRequirements),
    }),
  );
  const schemes = mapValues(card.securitySchemes, (scheme) => ({ ...toV03SecurityScheme(scheme), ...scheme }));
  return json({ ...toV03Card(card), ...v1Fields(card), skills, securitySchemes: schemes });
}

function v1Fields(value: AgentCard | AgentSkill): JsonObject {
  // Both are JSON; an interface has no index signature to say so.
  return value as unknown as JsonObject;
}

function commonFields(card: AgentCard): { readonly [name: string]: JsonValue | undefined } {
  const interfaces = v03Interfaces(card);
  const [preferred] = interfaces;
  if (preferred === undefined) {
    throw new PlatformError("VERSION_NOT_SUPPORTED", `The agent "${card.name}" does not speak A2A 0.3.`);
  }
  return {
    protocolVersion: PROTOCOL_VERSION,
    name: card.name,
    description: card.description,
    url: preferred.url,
    preferredTransport: preferred.protocolBinding,
    // The preferred one is listed again, as 0.3 §5.6.2 recommends.
    additionalInterfaces: interfaces.map(({ url, protocolBinding }) => ({ url, transport: protocolBinding })),
    provider: card.provider,
    version: card.version,
    documentationUrl: card.documentationUrl,
    iconUrl: card.iconUrl,
    capabilities: json({
      streaming: card.capabilities.streaming,
      pushNotifications: card.capabilities.pushNotifications,
      extensions: filled(card.capabilities.extensions)?.map((extension) => json({ ...extension })),
    }),
    defaultInputModes: card.defaultInputModes,
    defaultOutputModes: card.defaultOutputModes,
    supportsAuthenticatedExtendedCard: card.capabilities.extendedAgentCard,
  };
}

function v03Interfaces(card: AgentCard): readonly AgentInterface[] {
  return card.supportedInterfaces.filter(({ protocolVersion }) => /^0\.3(\.|$)/.test(protocolVersion));
}

function skillFields(skill: AgentSkill): { readonly [name: string]: JsonValue | undefined } {
  const { securityRequirements: _, ...fields } = skill;
  return fields;
}

function mapValues<A, B>(
  values: { readonly [name: string]: A } | undefined,
  change: (value: A) => B,
): { readonly [name: string]: B } | undefined {
  if (values === undefined) return undefined;
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));
}
