export * from "./a2a.ts";
export { ACTIONS, isAcrossAgents, isAction, isAllowed } from "./actions.ts";
export type { Action } from "./actions.ts";
export { DEFAULT_AGENT_CONFIG, PROTOCOL_VERSIONS } from "./agent-config.ts";
export type { AgentConfig, Isolation, ProtocolVersion } from "./agent-config.ts";
export { AUTH_SCHEMES, DEFAULT_AUTH_SCHEMES, DEFAULT_WORKSPACE_CONFIG } from "./agent-config-authority.ts";
export { DEFAULT_MEMORY_CONFIG, MEMORY_SCOPES } from "./agent-memory.ts";
export type { AgentMemoryConfig, MemoryScope } from "./agent-memory.ts";
export { allowsModel } from "./agent-models.ts";
export type { AgentModelsConfig } from "./agent-models.ts";
export type { AgentPriceConfig } from "./agent-price.ts";
export { retryCauseOf } from "./agent-retry.ts";
export type { AgentRetryConfig } from "./agent-retry.ts";
export { BUILDPACKS } from "./agent-build.ts";
export type { AgentBuildConfig, Buildpack } from "./agent-build.ts";
export { DEFAULT_CANARY } from "./agent-canary.ts";
export type { AgentCanaryConfig } from "./agent-canary.ts";
export { SUITE_NAME_PATTERN } from "./agent-evals.ts";
export type { AgentEvalsConfig, EvalSampleConfig } from "./agent-evals.ts";
export type {
  AgentAuthConfig,
  AgentLimitsConfig,
  AgentWorkspaceConfig,
  AuthScheme,
  EgressRule,
  HttpEgressRule,
  UpstreamConfig,
} from "./agent-config-authority.ts";
export { isHostPattern } from "./agent-config-values.ts";
export { isAlwaysLeftOut } from "./always-left-out.ts";
export { APP_FOLDER } from "./app-folder.ts";
export { AGENT_NAME_PATTERN, toAgentName } from "./agent-name.ts";
export type { EvalCase, EvalScorer, EvalSuite, JudgeScorer } from "./eval-suite.ts";
export { SchemaError, compileSchema } from "./check-schema.ts";
export type { SchemaCheck } from "./check-schema.ts";
export { MAX_MATCHED_LENGTH, compilePattern } from "./compile-pattern.ts";
export type { Pattern } from "./compile-pattern.ts";
export { PatternError } from "./parse-pattern.ts";
export { nearestKey } from "./nearest-key.ts";
export { changeClass } from "./card-changes/card-change.ts";
export type { CardChange, ChangeLevel } from "./card-changes/card-change.ts";
export { diffCards } from "./card-changes/diff-cards.ts";
export { semverHint } from "./card-changes/semver-hint.ts";
export { validateCard } from "./validate-card.ts";
export type { CardFinding } from "./validate-card.ts";
export { ErrorStatus, PlatformError, REASONS, invalidParams, isPlatformError } from "./errors.ts";
export type { FieldViolation, PlatformErrorOptions, Reason } from "./errors.ts";
export { DURABLE_EXTENSION, MAX_STEP_KEY, STEP_OPS, STEP_PHASES, isDurableSkill, takeMark } from "./durable.ts";
export type { EmissionMark, RunEvent, StepEvent, StepOp, StepPhase } from "./durable.ts";
export { ID_PREFIXES, createIdGenerator, isId } from "./ids.ts";
export type { IdGenerator, IdKind, IdSources } from "./ids.ts";
export { LOG_LEVELS, LOG_METADATA, logEntryOf, toLogLevel } from "./log-entry.ts";
export type { LogEntry, LogLevel } from "./log-entry.ts";
export { lintMcpSchemas } from "./mcp-schema-lint.ts";
export { signedForms } from "./signed-forms.ts";
export { matchesMediaType, mediaTypeOf } from "./media-type.ts";
export { parseAgentConfig } from "./parse-agent-config.ts";
export { addRunUsage, isUsageBelow, readRunUsage, totalUsage } from "./run-usage.ts";
export type { RunUsage } from "./run-usage.ts";
export { MAX_GLOBS, MAX_GLOBS_LENGTH, compileGlobs, globViolations, isWithin } from "./path-glob.ts";
export type { PathGlobs } from "./path-glob.ts";
export { DEFAULT_ORG_ID, ROLES, SCOPES, hasScope } from "./principal.ts";
export type { Authentication, OrgRole, Principal, Scope } from "./principal.ts";
export {
  MAX_SECRET_LENGTH,
  MIN_SECRET_LENGTH,
  SECRET_NAME_PATTERN,
  fillSecrets,
  secretObjection,
  secretsInText,
  secretsOfUpstreams,
} from "./secret-reference.ts";
export type {
  AcceptedEvent,
  FileEvent,
  GrantEvent,
  MemoryEvent,
  ModelEvent,
  ScopeRequestEvent,
  SequencedFrame,
  TaskEvent,
  TaskEventBody,
  TaskEventKind,
  ErasedEvent,
  TraceHeaders,
} from "./task-event.ts";
export { eraseEvent, isErased } from "./erase-event.ts";
export { TaskFold, applyEvent, foldTask, frameOf, withHistoryLength } from "./task-fold.ts";
export type { TaskView } from "./task-fold.ts";
export {
  LifecycleEvent,
  TASK_LIFECYCLE,
  agentReportOf,
  isInterrupted,
  isTerminal,
  nextState,
} from "./task-lifecycle.ts";
export type { Refusal, Transition } from "./task-lifecycle.ts";
export {
  parseAgentCard,
  parseCancelTaskRequest,
  parseGetPushConfigRequest,
  parseGetTaskRequest,
  parseHistoryLength,
  parseListPushConfigsQuery,
  parseListPushConfigsRequest,
  parseListTasksQuery,
  parseListTasksRequest,
  parseMessage,
  parseSendMessageRequest,
  parseSendMessageResponse,
  parseStreamResponse,
  parseSubscribeToTaskRequest,
  parseTask,
  parseTaskPushNotificationConfig,
} from "./validation/index.ts";
export { MAX_PATH_BYTES, isBelow, parsePathPrefix, parseWorkspacePath, pathObjection } from "./workspace-path.ts";
export { RPC_HTTP_STATUS } from "./wire/http-status.ts";
export { A2A_JSON_RPC_CODES } from "./wire/json-rpc-codes.ts";
export type { ReleaseImage, ReleaseProgram } from "./release-program.ts";
export { matchesUrlPath, plainUrlPath, urlPathObjection } from "./url-path-glob.ts";
