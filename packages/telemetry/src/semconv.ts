/**
 * The names of OpenTelemetry's semantic conventions that the platform writes or reads, here and nowhere else: those for
 * generative AI and A2A are still in development and will be renamed.
 */

/** open-telemetry/semantic-conventions-genai; `systemBefore` is its name up to 1.36. */
export const GEN_AI = {
  operation: "gen_ai.operation.name",
  provider: "gen_ai.provider.name",
  systemBefore: "gen_ai.system",
  requestModel: "gen_ai.request.model",
  responseModel: "gen_ai.response.model",
  finishReasons: "gen_ai.response.finish_reasons",
  inputTokens: "gen_ai.usage.input_tokens",
  outputTokens: "gen_ai.usage.output_tokens",
  promptTokensBefore: "gen_ai.usage.prompt_tokens",
  completionTokensBefore: "gen_ai.usage.completion_tokens",
  cachedTokens: "gen_ai.usage.cache_read.input_tokens",
  reasoningTokens: "gen_ai.usage.reasoning.output_tokens",
  systemInstructions: "gen_ai.system_instructions",
  inputMessages: "gen_ai.input.messages",
  outputMessages: "gen_ai.output.messages",
  conversationId: "gen_ai.conversation.id",
  agentId: "gen_ai.agent.id",
  agentName: "gen_ai.agent.name",
  toolName: "gen_ai.tool.name",
  toolType: "gen_ai.tool.type",
  toolCallId: "gen_ai.tool.call.id",
  toolArguments: "gen_ai.tool.call.arguments",
  toolResult: "gen_ai.tool.call.result",
  detailsEvent: "gen_ai.client.inference.operation.details",
} as const;

/** Values of `gen_ai.operation.name`. */
export const GEN_AI_OPERATIONS = {
  chat: "chat",
  embeddings: "embeddings",
  invokeAgent: "invoke_agent",
  executeTool: "execute_tool",
} as const;

/** semantic-conventions-genai#195. A2A's contextId is `gen_ai.conversation.id`. */
export const A2A = {
  method: "a2a.method.name",
  taskId: "a2a.task.id",
  taskState: "a2a.task.state",
  messageId: "a2a.message.id",
  referenceTaskIds: "a2a.message.reference_task_ids",
  tenant: "a2a.tenant",
  protocolVersion: "a2a.protocol.version",
} as const;

export const MCP = {
  method: "mcp.method.name",
  sessionId: "mcp.session.id",
  protocolVersion: "mcp.protocol.version",
} as const;

export const HTTP = {
  method: "http.request.method",
  methodBefore: "http.method",
  status: "http.response.status_code",
  route: "http.route",
  url: "url.full",
  host: "server.address",
  port: "server.port",
} as const;

export const ERROR_TYPE = "error.type";
export const EVENT_NAME = "event.name";
export const SERVICE_NAME = "service.name";

/** The platform's own. Only believed of records that the platform itself made. */
export const BERTH = {
  kind: "berth.kind",
  costMicros: "berth.cost.micros",
  agent: "berth.agent.name",
  release: "berth.release.id",
  skill: "berth.skill.id",
  instanceId: "berth.instance.id",
  /** How much of a record's attributes, events and links was left out: its sender's count with ours. */
  dropped: "berth.dropped",
} as const;

/** Arize-ai/openinference, spec/semantic_conventions.md. */
export const OPENINFERENCE = {
  kind: "openinference.span.kind",
  model: "llm.model_name",
  provider: "llm.provider",
  promptTokens: "llm.token_count.prompt",
  completionTokens: "llm.token_count.completion",
  cachedTokens: "llm.token_count.prompt_details.cache_read",
  reasoningTokens: "llm.token_count.completion_details.reasoning",
  costUsd: "llm.cost.total",
  embeddingModel: "embedding.model_name",
  toolName: "tool.name",
  sessionId: "session.id",
  agentName: "agent.name",
  inputValue: "input.value",
  outputValue: "output.value",
  /** Prefixes of flattened messages. */
  inputMessages: "llm.input_messages.",
  outputMessages: "llm.output_messages.",
} as const;

/** Vercel's AI SDK; names of version 5 and later first, those of version 4 end with `Before`. */
export const VERCEL_AI = {
  operation: "ai.operationId",
  model: "ai.model.id",
  responseModel: "ai.response.model",
  provider: "ai.model.provider",
  inputTokens: "ai.usage.inputTokens",
  outputTokens: "ai.usage.outputTokens",
  promptTokensBefore: "ai.usage.promptTokens",
  completionTokensBefore: "ai.usage.completionTokens",
  cachedTokens: "ai.usage.cachedInputTokens",
  reasoningTokens: "ai.usage.reasoningTokens",
  toolName: "ai.toolCall.name",
  toolArguments: "ai.toolCall.args",
  toolResult: "ai.toolCall.result",
  sessionId: "ai.telemetry.metadata.sessionId",
  prompt: "ai.prompt",
  promptMessages: "ai.prompt.messages",
  responseText: "ai.response.text",
  responseToolCalls: "ai.response.toolCalls",
  responseObject: "ai.response.object",
} as const;

export const GENKIT = {
  type: "genkit:type",
  subtype: "genkit:metadata:subtype",
  name: "genkit:name",
  input: "genkit:input",
  output: "genkit:output",
} as const;

/** Prefixes that Traceloop's OpenLLMetry flattens messages under. */
export const OPENLLMETRY = { prompt: "gen_ai.prompt.", completion: "gen_ai.completion." } as const;
