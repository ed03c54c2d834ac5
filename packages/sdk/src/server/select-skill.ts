import { SKILL_CALL_METADATA } from "@berth/protocol";
import type { JsonObject, JsonValue, SendMessageRequest } from "@berth/protocol";
import type { AgentOptions } from "../define-agent.ts";
import type { Skill } from "../skill.ts";

export type Selection =
  /** `input` is there when the caller passed it in the metadata. */
  | { readonly kind: "skill"; readonly id: string; readonly skill: Skill; readonly input?: JsonValue }
  | { readonly kind: "message" }
  | { readonly kind: "none"; readonly problem: string };

/** 1. the skill call in the metadata; 2. `skillId` or `skill` in it; 3. `onMessage`; 4. the only skill. */
export function selectSkill(agent: AgentOptions, { message, metadata }: SendMessageRequest): Selection {
  const all: JsonObject = { ...metadata, ...message.metadata };
  const call = all[SKILL_CALL_METADATA];
  if (isObject(call) && typeof call.skill === "string") return named(agent, call.skill, call.input);
  const id = all.skillId ?? all.skill;
  if (typeof id === "string") return named(agent, id, undefined);
  if (agent.onMessage !== undefined) return { kind: "message" };
  const [only, ...others] = Object.keys(agent.skills ?? {});
  if (only !== undefined && others.length === 0) return named(agent, only, undefined);
  return { kind: "none", problem: `Name the skill to call. ${skillList(agent)}` };
}

function named(agent: AgentOptions, id: string, input: JsonValue | undefined): Selection {
  const { skills = {} } = agent;
  const skill = Object.hasOwn(skills, id) ? skills[id] : undefined;
  if (skill === undefined) return { kind: "none", problem: `There is no skill "${id}". ${skillList(agent)}` };
  return { kind: "skill", id, skill, ...(input === undefined ? {} : { input }) };
}

function skillList({ skills = {} }: AgentOptions): string {
  return `Skills of this agent: ${Object.keys(skills).join(", ")}.`;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
