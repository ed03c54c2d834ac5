/** Write an agent as typed skills. The server loads when the agent is served; `@berth/sdk/client` calls agents. */
export { agentFromClass, skillMethod } from "./class-agent.ts";
export type { SkillMethodOptions } from "./class-agent.ts";
export {
  CallFailedError,
  PROGRESS_METADATA,
  RejectError,
  ScopeDeniedError,
  ServiceError,
  StepFailedError,
  TaskCanceledError,
} from "./context.ts";
export type {
  ArtifactContent,
  ArtifactOptions,
  CallOptions,
  LogFields,
  Logger,
  ScopeWish,
  SleepTime,
  Steering,
  StepContext,
  StepOptions,
  TaskContext,
  UsageReport,
  Workspace,
} from "./context.ts";
export type { ChatAnswer, ChatRequest, EmbedRequest, Llm, LlmMessage, LlmToolCall } from "./llm/llm.ts";
export { SERVE, defineAgent, serve } from "./define-agent.ts";
export type { Agent, AgentOptions, RunningAgent, ServeOptions } from "./define-agent.ts";
export type {
  Memory,
  MemoryFilter,
  MemoryHit,
  MemoryItem,
  MemorySearch,
  MemoryTarget,
  NewMemory,
  SavedMemory,
} from "./memory.ts";
export type { InferInput, InferOutput, StandardSchema } from "./schema/standard-schema.ts";
export { skill } from "./skill.ts";
export type { AnyInput, AnyOutput, Skill, SkillOptions } from "./skill.ts";
