import type { Answer, SeenRequest } from "./provider-server.ts";
import { events, json } from "./provider-server.ts";

const data = (event: object): string => `data: ${JSON.stringify(event)}\n\n`;
const named = (type: string, rest: object = {}): string => `event: ${type}\n${data({ type, ...rest })}`;

/** OpenAI's chat completions and embeddings; Ollama's own endpoint is of this form too. */
export function openAiAnswer(key: string | undefined): Answer {
  return async (request, res) => {
    const { path, headers, body } = request;
    if (headers.authorization !== (key === undefined ? undefined : `Bearer ${key}`)) {
      // Some say back what they were given.
      return json(res, { error: { message: `Incorrect API key: ${headers.authorization}`, type: "auth" } }, 401);
    }
    if (path === "/v1/embeddings") {
      const inputs = [body["input"]].flat();
      const embeddings = inputs.map((_, index) => ({ object: "embedding", index, embedding: [0.5, index] }));
      return json(res, {
        object: "list",
        model: body["model"],
        data: embeddings,
        usage: { prompt_tokens: 3, total_tokens: 3 },
      });
    }
    const base = { id: "chatcmpl-1", created: 1, model: body["model"], system_fingerprint: "fp" };
    const usage = { prompt_tokens: 100, completion_tokens: 50, total_tokens: 150 };
    if (body["stream"] !== true) {
      const message = { role: "assistant", content: `you said ${lastText(request)}`, refusal: null };
      const choices = [{ index: 0, message, finish_reason: "stop", logprobs: null }];
      return json(res, { ...base, object: "chat.completion", choices, usage });
    }
    const chunk = (delta: object, finish: string | null = null): object => ({
      ...base,
      object: "chat.completion.chunk",
      choices: [{ index: 0, delta, finish_reason: finish }],
      usage: null,
    });
    const told = (body["stream_options"] as { include_usage?: boolean } | undefined)?.include_usage === true;
    return await events(res, [
      data(chunk({ role: "assistant", content: "" })),
      data(chunk({ content: "grüß " })),
      data(chunk({ content: "dich" })),
      data(chunk({}, "stop")),
      ...(told ? [data({ ...base, object: "chat.completion.chunk", choices: [], usage })] : []),
      "data: [DONE]\n\n",
    ]);
  };
}

/** Anthropic's Messages: calls the first tool where there is one. */
export function anthropicAnswer(key: string): Answer {
  return async ({ path, headers, body }, res) => {
    const fits = path === "/v1/messages" && headers["anthropic-version"] === "2023-06-01";
    const wrong = headers["x-api-key"] !== key ? "authentication_error" : fits ? undefined : "invalid_request_error";
    if (wrong !== undefined || typeof body["max_tokens"] !== "number") {
      return json(res, { type: "error", error: { type: wrong ?? "invalid_request_error", message: "no" } }, 400);
    }
    const [tool] = (body["tools"] ?? []) as { name: string }[];
    const usage = { input_tokens: 20, cache_read_input_tokens: 5, output_tokens: 1 };
    const message = { id: "msg_1", type: "message", role: "assistant", model: body["model"], stop_sequence: null };
    const block =
      tool === undefined
        ? { type: "text", text: "bonjour" }
        : { type: "tool_use", id: "toolu_1", name: tool.name, input: { city: "Lyon" } };
    const stop = tool === undefined ? "end_turn" : "tool_use";
    if (body["stream"] !== true) {
      return json(res, { ...message, content: [block], stop_reason: stop, usage: { ...usage, output_tokens: 9 } });
    }
    return await events(res, [
      named("message_start", { message: { ...message, content: [], stop_reason: null, usage } }),
      named("ping"),
      named("content_block_start", { index: 0, content_block: { type: "text", text: "" } }),
      named("content_block_delta", { index: 0, delta: { type: "text_delta", text: "bon" } }),
      named("content_block_delta", { index: 0, delta: { type: "text_delta", text: "jour" } }),
      named("content_block_stop", { index: 0 }),
      named("message_delta", { delta: { stop_reason: "end_turn" }, usage: { output_tokens: 9 } }),
      named("message_stop"),
    ]);
  };
}

/** Gemini's generateContent and its stream. */
export function geminiAnswer(key: string): Answer {
  return async ({ path, headers }, res) => {
    if (headers["x-goog-api-key"] !== key) {
      return json(res, { error: { code: 403, message: "denied", status: "PERMISSION_DENIED" } }, 403);
    }
    const usageMetadata = { promptTokenCount: 11, candidatesTokenCount: 4, thoughtsTokenCount: 2, totalTokenCount: 17 };
    const part = (text: string, finishReason?: string): object => ({
      candidates: [
        { index: 0, content: { role: "model", parts: [{ text }] }, ...(finishReason ? { finishReason } : {}) },
      ],
      usageMetadata,
    });
    if (path === "/v1beta/models/gem:generateContent") return json(res, part("ciao", "STOP"));
    if (path !== "/v1beta/models/gem:streamGenerateContent?alt=sse")
      return json(res, { error: { code: 404, message: path } }, 404);
    return await events(res, [data(part("ci")), data(part("ao", "STOP"))]);
  };
}

function lastText({ body }: SeenRequest): string {
  const messages = body["messages"] as { content: string }[];
  return messages.at(-1)?.content ?? "";
}
