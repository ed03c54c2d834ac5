import type { Attributes } from "./attributes.ts";
import type { SpanEvent } from "./span.ts";
import type { SpanView } from "./span-view.ts";

interface Dialect {
  readonly dialect: string;
  readonly attributes: Attributes;
  readonly events?: readonly SpanEvent[];
  readonly view: SpanView;
}

const user = { role: "user", parts: [{ type: "text", text: "Weather in Paris?" }] } as const;
const system = { role: "system", parts: [{ type: "text", text: "Be brief." }] } as const;
const call = { type: "tool_call", id: "call_1", name: "weather", arguments: { city: "Paris" } } as const;
const result = { role: "tool", parts: [{ type: "tool_result", id: "call_1", result: "rain" }] } as const;
const answer = { role: "assistant", parts: [{ type: "text", text: "Rain." }] } as const;
const asked = { role: "assistant", parts: [call] } as const;

/** One model call and one tool call as each dialect writes them. */
export const dialects: readonly Dialect[] = [
  {
    dialect: "gen_ai, 1.37 and later",
    attributes: {
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "openai",
      "gen_ai.request.model": "gpt-5",
      "gen_ai.response.model": "gpt-5-2026",
      "gen_ai.usage.input_tokens": 12,
      "gen_ai.usage.output_tokens": 3,
      "gen_ai.usage.cache_read.input_tokens": 8,
      "gen_ai.conversation.id": "ctx_1",
      "gen_ai.agent.name": "planner",
      "gen_ai.system_instructions": '[{"type":"text","content":"Be brief."}]',
      "gen_ai.input.messages": JSON.stringify([
        { role: "user", parts: [{ type: "text", content: "Weather in Paris?" }] },
        {
          role: "assistant",
          parts: [{ type: "tool_call", id: "call_1", name: "weather", arguments: { city: "Paris" } }],
        },
        { role: "tool", parts: [{ type: "tool_call_response", id: "call_1", response: "rain" }] },
      ]),
      "gen_ai.output.messages":
        '[{"role":"assistant","parts":[{"type":"text","content":"Rain."}],"finish_reason":"stop"}]',
    },
    view: {
      kind: "llm",
      provider: "openai",
      model: "gpt-5-2026",
      tokens: { input: 12, output: 3, cached: 8 },
      conversationId: "ctx_1",
      agentName: "planner",
      inputMessages: [system, user, asked, result],
      outputMessages: [answer],
    },
  },
  {
    dialect: "gen_ai, in the event with the details",
    attributes: { "gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-5" },
    events: [
      {
        name: "gen_ai.client.inference.operation.details",
        atUs: 1,
        attributes: {
          "gen_ai.input.messages": [{ role: "user", parts: [{ type: "text", content: "Weather in Paris?" }] }],
          "gen_ai.output.messages": [{ role: "assistant", parts: [{ type: "reasoning", content: "Hm." }] }],
        },
      },
    ],
    view: {
      kind: "llm",
      model: "gpt-5",
      inputMessages: [user],
      outputMessages: [{ role: "assistant", parts: [{ type: "reasoning", text: "Hm." }] }],
    },
  },
  {
    dialect: "gen_ai, up to 1.36",
    attributes: {
      "gen_ai.operation.name": "chat",
      "gen_ai.system": "openai",
      "gen_ai.request.model": "gpt-4o",
      "gen_ai.usage.prompt_tokens": 12,
      "gen_ai.usage.completion_tokens": 3,
    },
    events: [
      { name: "gen_ai.system.message", atUs: 1, attributes: { content: "Be brief." } },
      { name: "gen_ai.user.message", atUs: 1, attributes: { content: "Weather in Paris?" } },
      {
        name: "gen_ai.assistant.message",
        atUs: 1,
        attributes: {
          tool_calls:
            '[{"id":"call_1","type":"function","function":{"name":"weather","arguments":"{\\"city\\":\\"Paris\\"}"}}]',
        },
      },
      { name: "gen_ai.tool.message", atUs: 1, attributes: { id: "call_1", content: "rain" } },
      { name: "gen_ai.choice", atUs: 2, attributes: { index: 0, message: '{"role":"assistant","content":"Rain."}' } },
    ],
    view: {
      kind: "llm",
      provider: "openai",
      model: "gpt-4o",
      tokens: { input: 12, output: 3 },
      inputMessages: [system, user, asked, result],
      outputMessages: [answer],
    },
  },
  {
    dialect: "gen_ai, a tool",
    attributes: {
      "gen_ai.operation.name": "execute_tool",
      "gen_ai.tool.name": "weather",
      "gen_ai.tool.call.arguments": '{"city":"Paris"}',
      "gen_ai.tool.call.result": "rain",
    },
    view: { kind: "tool", toolName: "weather", toolArguments: { city: "Paris" }, toolResult: "rain" },
  },
  {
    dialect: "OpenInference",
    attributes: {
      "openinference.span.kind": "LLM",
      "llm.model_name": "claude",
      "llm.provider": "anthropic",
      "llm.token_count.prompt": 12,
      "llm.token_count.completion": 3,
      "llm.cost.total": 0.0015,
      "session.id": "ctx_1",
      "llm.input_messages.0.message.role": "system",
      "llm.input_messages.0.message.content": "Be brief.",
      "llm.input_messages.1.message.role": "user",
      "llm.input_messages.1.message.contents.0.message_content.type": "text",
      "llm.input_messages.1.message.contents.0.message_content.text": "Weather in Paris?",
      "llm.input_messages.2.message.role": "assistant",
      "llm.input_messages.2.message.tool_calls.0.tool_call.id": "call_1",
      "llm.input_messages.2.message.tool_calls.0.tool_call.function.name": "weather",
      "llm.input_messages.2.message.tool_calls.0.tool_call.function.arguments": '{"city":"Paris"}',
      "llm.input_messages.3.message.role": "tool",
      "llm.input_messages.3.message.tool_call_id": "call_1",
      "llm.input_messages.3.message.content": "rain",
      "llm.output_messages.0.message.role": "assistant",
      "llm.output_messages.0.message.content": "Rain.",
    },
    view: {
      kind: "llm",
      provider: "anthropic",
      model: "claude",
      tokens: { input: 12, output: 3 },
      costMicros: 1_500,
      costSource: "claimed",
      conversationId: "ctx_1",
      inputMessages: [system, user, asked, result],
      outputMessages: [answer],
    },
  },
  {
    dialect: "OpenInference, a tool",
    attributes: {
      "openinference.span.kind": "TOOL",
      "tool.name": "weather",
      "input.value": '{"city":"Paris"}',
      "output.value": "rain",
    },
    view: { kind: "tool", toolName: "weather", toolArguments: { city: "Paris" }, toolResult: "rain" },
  },
  {
    dialect: "OpenInference, a chain",
    attributes: { "openinference.span.kind": "CHAIN", "input.value": "Weather in Paris?", "output.value": "Rain." },
    view: { kind: "chain", inputMessages: [user], outputMessages: [answer] },
  },
  {
    dialect: "Vercel's AI SDK",
    attributes: {
      "ai.operationId": "ai.generateText.doGenerate",
      "ai.model.id": "gpt-5",
      "ai.model.provider": "openai.chat",
      "ai.usage.promptTokens": 12,
      "ai.usage.completionTokens": 3,
      "ai.prompt.messages": JSON.stringify([
        { role: "system", content: "Be brief." },
        { role: "user", content: [{ type: "text", text: "Weather in Paris?" }] },
        {
          role: "assistant",
          content: [{ type: "tool-call", toolCallId: "call_1", toolName: "weather", args: { city: "Paris" } }],
        },
        { role: "tool", content: [{ type: "tool-result", toolCallId: "call_1", toolName: "weather", result: "rain" }] },
      ]),
      "ai.response.text": "Rain.",
    },
    view: {
      kind: "llm",
      provider: "openai.chat",
      model: "gpt-5",
      tokens: { input: 12, output: 3 },
      inputMessages: [system, user, asked, result],
      outputMessages: [answer],
    },
  },
  {
    dialect: "Vercel's AI SDK, the call around it",
    attributes: {
      "ai.operationId": "ai.streamText",
      "ai.prompt": '{"system":"Be brief.","prompt":"Weather in Paris?"}',
      "ai.response.toolCalls": '[{"toolCallId":"call_1","toolName":"weather","args":"{\\"city\\":\\"Paris\\"}"}]',
    },
    view: { kind: "chain", inputMessages: [system, user], outputMessages: [asked] },
  },
  {
    dialect: "Vercel's AI SDK, a tool",
    attributes: {
      "ai.operationId": "ai.toolCall",
      "ai.toolCall.name": "weather",
      "ai.toolCall.args": '{"city":"Paris"}',
      "ai.toolCall.result": "rain",
    },
    view: { kind: "tool", toolName: "weather", toolArguments: { city: "Paris" }, toolResult: "rain" },
  },
  {
    dialect: "Genkit",
    attributes: {
      "genkit:type": "action",
      "genkit:metadata:subtype": "model",
      "genkit:name": "googleai/gemini",
      "genkit:input": JSON.stringify({
        messages: [
          { role: "system", content: [{ text: "Be brief." }] },
          { role: "user", content: [{ text: "Weather in Paris?" }] },
          { role: "model", content: [{ toolRequest: { ref: "call_1", name: "weather", input: { city: "Paris" } } }] },
          { role: "tool", content: [{ toolResponse: { ref: "call_1", name: "weather", output: "rain" } }] },
        ],
      }),
      "genkit:output":
        '{"message":{"role":"model","content":[{"text":"Rain."}]},"usage":{"inputTokens":12,"outputTokens":3}}',
    },
    view: {
      kind: "llm",
      model: "googleai/gemini",
      inputMessages: [system, user, asked, result],
      outputMessages: [answer],
    },
  },
  {
    dialect: "Genkit, a tool",
    attributes: {
      "genkit:metadata:subtype": "tool",
      "genkit:name": "weather",
      "genkit:input": '{"city":"Paris"}',
      "genkit:output": '"rain"',
    },
    view: { kind: "tool", toolName: "weather", toolArguments: { city: "Paris" }, toolResult: '"rain"' },
  },
  {
    dialect: "OpenLLMetry",
    attributes: {
      "gen_ai.system": "OpenAI",
      "gen_ai.request.model": "gpt-4o",
      "gen_ai.prompt.0.role": "user",
      "gen_ai.prompt.0.content": "Weather in Paris?",
      "gen_ai.completion.0.role": "assistant",
      "gen_ai.completion.0.content": "Rain.",
    },
    view: { kind: "llm", provider: "OpenAI", model: "gpt-4o", inputMessages: [user], outputMessages: [answer] },
  },
];
