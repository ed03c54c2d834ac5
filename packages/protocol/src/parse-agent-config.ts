import { DEFAULT_AGENT_CONFIG, ISOLATIONS, PROTOCOL_VERSIONS } from "./agent-config.ts";
import type { AgentConfig } from "./agent-config.ts";
import { AUTH_SCHEMES, DEFAULT_AUTH_SCHEMES, DEFAULT_WORKSPACE_CONFIG } from "./agent-config-authority.ts";
import type { AgentAuthConfig, AgentLimitsConfig, AgentWorkspaceConfig } from "./agent-config-authority.ts";
import { BUILD_PARSERS, imageReference } from "./agent-build.ts";
import { CANARY_PARSERS, DEFAULT_CANARY } from "./agent-canary.ts";
import { EVALS_PARSERS } from "./agent-evals.ts";
import { DEFAULT_PRICE, PRICE_PARSERS } from "./agent-price.ts";
import { DEFAULT_RELEASES, RELEASES_PARSERS } from "./agent-releases.ts";
import { DEFAULT_RETRY, RETRY_PARSERS } from "./agent-retry.ts";
import { DEFAULT_MEMORY_CONFIG, MEMORY_PARSERS } from "./agent-memory.ts";
import { modelsConfig } from "./agent-models.ts";
import { AGENT_NAME_PATTERN } from "./agent-name.ts";
import {
  decimalAmount,
  entryFile,
  envVariables,
  integerIn,
  numberIn,
  oauthScope,
  pathGlobs,
  skillId,
  tag,
} from "./agent-config-values.ts";
import { PlatformError } from "./errors.ts";
import type { FieldViolation } from "./errors.ts";
import { egressRule, upstreamConfigs } from "./parse-upstreams.ts";
import { nearestKey } from "./nearest-key.ts";
import { Place } from "./validation/place.ts";
import type { Parser } from "./validation/place.ts";
import { isObject } from "./validation/proto-object.ts";
import { boolean, listOf, oneOf } from "./validation/values.ts";

const MAX_TAGS = 64;
const MAX_EGRESS = 256;
const MAX_HIDDEN_SKILLS = 256;
const MAX_REQUIRED_SCOPES = 32;

/** One section: a parser per key. A key that is absent takes the default. */
type Section<T> = { readonly [K in keyof T]-?: Parser<NonNullable<T[K]>> };

const RESOURCES: Section<AgentConfig["resources"]> = {
  memoryMb: integerIn(64, 65_536),
  cpu: numberIn(0.1, 64),
  processes: integerIn(8, 4096),
  tmpMb: integerIn(1, 4096),
};

const SCALE: Section<AgentConfig["scale"]> = {
  min: integerIn(0, 100),
  max: integerIn(1, 100),
  concurrency: integerIn(1, 1000),
  idleSeconds: integerIn(1, 86_400),
  target: integerIn(1, 1000),
  queueSeconds: integerIn(1, 3600),
  queueLimit: integerIn(0, 10_000),
};

const TIMEOUTS: Section<AgentConfig["timeouts"]> = {
  startSeconds: integerIn(1, 300),
  taskSeconds: integerIn(1, 86_400),
  hangSeconds: integerIn(3, 86_400),
};

const AUTH: Section<AgentAuthConfig> = {
  schemes: listOf(oneOf(AUTH_SCHEMES), { min: 1, max: AUTH_SCHEMES.length }),
  requiredScopes: listOf(oauthScope, { max: MAX_REQUIRED_SCOPES }),
};

const WORKSPACE: Section<AgentWorkspaceConfig> = { read: pathGlobs, write: boolean };

const LIMITS: Section<AgentLimitsConfig> = {
  callsPerMinute: integerIn(1, 10_000_000),
  concurrentCalls: integerIn(1, 1_000_000),
  maxCostPerTask: decimalAmount,
  maxTokensPerTask: integerIn(0, 1_000_000_000_000),
  maxCallsPerTask: integerIn(0, 1_000_000),
};

const CONFIG: Section<AgentConfig> = {
  name: (value, place) =>
    typeof value === "string" && AGENT_NAME_PATTERN.test(value)
      ? value
      : place.report("must be 1 to 39 of a-z, 0-9 and hyphen, beginning with a letter"),
  entry: entryFile,
  image: imageReference,
  build: (value, place) => readSection(BUILD_PARSERS, {}, value, place),
  frontend: entryFile,
  isolation: oneOf(ISOLATIONS),
  visibility: oneOf(["public", "private"]),
  tags: listOf(tag, { max: MAX_TAGS }),
  protocolVersions: (value, place) => {
    const versions = listOf(oneOf(PROTOCOL_VERSIONS), { max: PROTOCOL_VERSIONS.length })(value, place);
    return versions?.length === 0 ? place.report("must name at least one version") : versions;
  },
  hiddenSkills: listOf(skillId, { max: MAX_HIDDEN_SKILLS }),
  auth: (value, place) => readSection(AUTH, { schemes: DEFAULT_AUTH_SCHEMES }, value, place),
  workspace: (value, place) => readSection(WORKSPACE, DEFAULT_WORKSPACE_CONFIG, value, place),
  limits: (value, place) => readSection(LIMITS, {}, value, place),
  memory: (value, place) => readSection(MEMORY_PARSERS, DEFAULT_MEMORY_CONFIG, value, place),
  price: (value, place) => readSection(PRICE_PARSERS, DEFAULT_PRICE, value, place),
  canary: (value, place) => readSection(CANARY_PARSERS, DEFAULT_CANARY, value, place),
  releases: (value, place) => readSection(RELEASES_PARSERS, DEFAULT_RELEASES, value, place),
  retry: (value, place) => readSection(RETRY_PARSERS, DEFAULT_RETRY, value, place),
  evals: (value, place) => readSection(EVALS_PARSERS, {}, value, place),
  resources: (value, place) => readSection(RESOURCES, DEFAULT_AGENT_CONFIG.resources, value, place),
  scale: readScale,
  timeouts: (value, place) => readSection(TIMEOUTS, DEFAULT_AGENT_CONFIG.timeouts, value, place),
  egress: listOf(egressRule, { max: MAX_EGRESS }),
  upstreams: upstreamConfigs,
  models: modelsConfig,
  env: envVariables,
};

const SECTION_KEYS: readonly string[] = Object.entries({
  resources: RESOURCES,
  scale: SCALE,
  timeouts: TIMEOUTS,
  auth: AUTH,
  workspace: WORKSPACE,
  limits: LIMITS,
  memory: MEMORY_PARSERS,
  price: PRICE_PARSERS,
  canary: CANARY_PARSERS,
  releases: RELEASES_PARSERS,
  retry: RETRY_PARSERS,
  evals: EVALS_PARSERS,
  build: BUILD_PARSERS,
}).flatMap(([section, keys]) => Object.keys(keys).map((key) => `${section}.${key}`));

/**
 * Reads `berth.json` and fills every default.
 * @throws PlatformError CONFIG_INVALID with every violation; an unknown key comes with the nearest known one.
 */
export function parseAgentConfig(value: unknown): AgentConfig {
  const violations: FieldViolation[] = [];
  const config = readSection(CONFIG, DEFAULT_AGENT_CONFIG, withoutSchema(value), new Place(violations));
  if (config !== undefined && violations.length === 0) return config;
  const [first] = violations;
  const more = violations.length > 1 ? ` (and ${violations.length - 1} more)` : "";
  throw new PlatformError("CONFIG_INVALID", `berth.json: ${first?.field}: ${first?.description}${more}`, {
    violations,
    hint: "Every key is described in docs/reference/berth-json.md.",
  });
}

/** Editors put it there. */
function withoutSchema(value: unknown): unknown {
  return isObject(value) ? Object.fromEntries(Object.entries(value).filter(([key]) => key !== "$schema")) : value;
}

function readSection<T extends object>(section: Section<T>, defaults: T, value: unknown, place: Place): T | undefined {
  if (!isObject(value)) return place.report("must be a JSON object");
  const known = Object.keys(section);
  const read: [string, unknown][] = [];
  for (const [key, entry] of Object.entries(value)) {
    if (!known.includes(key)) {
      place.field(printable(key)).report(unknownKey(key, known, place.path));
      continue;
    }
    // `known` holds the section's own keys.
    read.push([key, section[key as keyof T](entry, place.field(key))]);
  }
  return { ...defaults, ...Object.fromEntries(read) };
}

/** Whoever raises only `min` means at least that many. */
function readScale(value: unknown, place: Place): AgentConfig["scale"] | undefined {
  const scale = readSection(SCALE, DEFAULT_AGENT_CONFIG.scale, value, place);
  if (scale === undefined) return undefined;
  if ((scale.target ?? 1) > scale.concurrency) {
    return place.field("target").report(`must be at most concurrency, which is ${scale.concurrency}`);
  }
  if (scale.min <= scale.max) return scale;
  if (isObject(value) && !Object.hasOwn(value, "max")) return { ...scale, max: scale.min };
  return place.field("max").report(`must be at least min, which is ${scale.min}`);
}

function unknownKey(key: string, known: readonly string[], path: string): string {
  const elsewhere = SECTION_KEYS.find((full) => full.endsWith(`.${key}`) && !full.startsWith(`${path}.`));
  const nearest = elsewhere ?? nearestKey(key, known);
  const suggestion = nearest === undefined ? `known keys: ${known.join(", ")}` : `did you mean \`${nearest}\`?`;
  return `unknown key \`${printable(key)}\`; ${suggestion}`;
}

/** A key goes into a message that a terminal shows. */
function printable(key: string): string {
  return key.slice(0, 64).replace(/[^\x20-\x7e]/g, "?");
}
