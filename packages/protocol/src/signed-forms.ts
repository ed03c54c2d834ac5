import type { AgentCard } from "./a2a.ts";

/**
 * What of a card is signed, in two forms: the specification's (A2A 1.0.1 §8.4.1), without `signatures` and without fields that hold their
 * default, unless they are REQUIRED or `optional`; and what the reference SDKs verify: they leave out every empty text, list and object, at
 * any depth. Each is signed over its RFC 8785 text.
 */
export function signedForms(card: AgentCard): readonly [exact: object, compact: object] {
  const { signatures: _signatures, ...unsigned } = card;
  const exact = withoutDefaults(unsigned, CARD);
  // A card has a name at least, so something is left.
  return [exact, withoutEmpty(exact) as object];
}

/** A message of `a2a.proto`, as far as the cards of this platform use it. */
interface MessageShape {
  /** REQUIRED or `optional`: stay whatever they hold. */
  readonly kept: readonly string[];
  /** Fields that hold messages, alone or repeated. */
  readonly messages?: { readonly [field: string]: MessageShape };
  /** Fields that are maps to messages. */
  readonly maps?: { readonly [field: string]: MessageShape };
}

const REQUIREMENT: MessageShape = { kept: [], maps: { schemes: { kept: [] } } };

const CARD: MessageShape = {
  kept: [
    "name",
    "description",
    "supportedInterfaces",
    "version",
    "documentationUrl",
    "capabilities",
    "defaultInputModes",
    "defaultOutputModes",
    "skills",
    "iconUrl",
  ],
  messages: {
    supportedInterfaces: { kept: ["url", "protocolBinding", "protocolVersion"] },
    provider: { kept: ["url", "organization"] },
    capabilities: {
      kept: ["streaming", "pushNotifications", "extendedAgentCard"],
      // A Struct is data, not a message: nothing in `params` has a default.
      messages: { extensions: { kept: [] } },
    },
    securityRequirements: REQUIREMENT,
    skills: { kept: ["id", "name", "description", "tags"], messages: { securityRequirements: REQUIREMENT } },
  },
  maps: { securitySchemes: { kept: [], messages: { httpAuthSecurityScheme: { kept: ["scheme"] } } } },
};

function withoutDefaults(message: object, shape: MessageShape): object {
  const entries = Object.entries(message).flatMap(([field, value]: [string, unknown]) => {
    if (value === undefined) return [];
    const isMessage = shape.messages?.[field] !== undefined && !Array.isArray(value);
    if (!shape.kept.includes(field) && !isMessage && isDefault(field, value)) return [];
    return [[field, fieldWithoutDefaults(value, field, shape)]];
  });
  return Object.fromEntries(entries);
}

function fieldWithoutDefaults(value: unknown, field: string, { messages, maps }: MessageShape): unknown {
  const message = messages?.[field];
  const member = maps?.[field];
  if (message !== undefined) {
    return Array.isArray(value) ? value.map((each: object) => withoutDefaults(each, message)) : inside(value, message);
  }
  if (member === undefined || typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]: [string, unknown]) => [key, inside(each, member)]));
}

function inside(value: unknown, shape: MessageShape): unknown {
  return typeof value === "object" && value !== null ? withoutDefaults(value, shape) : value;
}

function isDefault(field: string, value: unknown): boolean {
  if (value === "" || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  // An empty map is the default; an empty Struct is there.
  return field !== "params" && typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

/** Undefined when nothing is left. */
function withoutEmpty(value: unknown): unknown {
  if (value === "" || value === null || value === undefined) return undefined;
  if (Array.isArray(value)) {
    const kept = value.map(withoutEmpty).filter((each) => each !== undefined);
    return kept.length === 0 ? undefined : kept;
  }
  if (typeof value !== "object") return value;
  const kept = Object.entries(value).flatMap(([key, each]: [string, unknown]) => {
    const left = withoutEmpty(each);
    return left === undefined ? [] : [[key, left]];
  });
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}
