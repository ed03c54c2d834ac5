import { DURABLE_EXTENSION, SKILL_SCHEMAS_EXTENSION, STEERING_EXTENSION } from "@berth/protocol";
import type { AgentCard, AgentExtension, AgentSkill, JsonObject } from "@berth/protocol";
import type { AgentOptions } from "../define-agent.ts";
import { toJsonSchema } from "../schema/json-schema.ts";
import type { Skill } from "../skill.ts";
import { DEFAULT_MODES } from "./content-types.ts";

/** The AgentCard of a declaration: skills, and their JSON Schemas as an extension, since A2A's skills carry none. */
export function buildCard(agent: AgentOptions, url: string): AgentCard {
  const skills = Object.entries(agent.skills ?? {});
  const extensions = [
    ...(skills.length === 0 ? [] : [schemasExtension(skills)]),
    ...(agent.steering === true ? [STEERING] : []),
    ...durableExtension(skills),
    ...(agent.extensions ?? []),
  ];
  const { name, version, description, provider, iconUrl, documentationUrl } = agent;
  return {
    name,
    description,
    version,
    supportedInterfaces: [
      { url, protocolBinding: "JSONRPC", protocolVersion: "1.0" },
      { url, protocolBinding: "HTTP+JSON", protocolVersion: "1.0" },
    ],
    ...(provider === undefined ? {} : { provider }),
    ...(iconUrl === undefined ? {} : { iconUrl }),
    ...(documentationUrl === undefined ? {} : { documentationUrl }),
    capabilities: {
      streaming: true,
      pushNotifications: false,
      ...(extensions.length === 0 ? {} : { extensions }),
    },
    defaultInputModes: agent.defaultInputModes ?? DEFAULT_MODES,
    defaultOutputModes: agent.defaultOutputModes ?? DEFAULT_MODES,
    // A card must list a skill (A2A 1.0.1 §5.7); an agent that only converses has that one.
    skills: skills.length === 0 ? [conversation(agent)] : skills.map(([id, skill]) => cardSkill(id, skill)),
  };
}

const STEERING: AgentExtension = {
  uri: STEERING_EXTENSION,
  description: "A message with the turn policy `steer` reaches the turn that runs.",
};

function durableExtension(skills: readonly (readonly [string, Skill])[]): readonly AgentExtension[] {
  const durable = skills.flatMap(([id, skill]) => (skill.durable === true ? [id] : []));
  if (durable.length === 0) return [];
  const description = "Runs of these skills are executed again from their journal.";
  return [{ uri: DURABLE_EXTENSION, description, params: { skills: durable } }];
}

function cardSkill(id: string, skill: Skill): AgentSkill {
  const { name = id, description, tags, examples, inputModes, outputModes } = skill;
  return {
    id,
    name,
    description,
    tags,
    ...(examples === undefined ? {} : { examples }),
    ...(inputModes === undefined ? {} : { inputModes }),
    ...(outputModes === undefined ? {} : { outputModes }),
  };
}

function conversation({ name, description }: AgentOptions): AgentSkill {
  return { id: "message", name, description, tags: ["conversation"] };
}

function schemasExtension(skills: readonly (readonly [string, Skill])[]): AgentExtension {
  return {
    uri: SKILL_SCHEMAS_EXTENSION,
    description: "JSON Schemas of what each skill takes and gives.",
    params: { skills: skills.map(([id, skill]) => schemasOf(id, skill)) },
  };
}

function schemasOf(id: string, { input, output }: Skill): JsonObject {
  const inputSchema = toJsonSchema(input, "input");
  const outputSchema = toJsonSchema(output, "output");
  return {
    id,
    ...(inputSchema === undefined ? {} : { inputSchema }),
    ...(outputSchema === undefined ? {} : { outputSchema }),
  };
}
