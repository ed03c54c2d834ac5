import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What a request for a chat completion said. */
export interface Asked {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly response_format?: unknown;
}

export interface ChatServer extends AsyncDisposable {
  /** Base of its API. */
  readonly url: string;
  readonly asked: readonly Asked[];
}

/** The nonce that a verdict must repeat, as a model reads it in its instructions. */
export function nonceOf({ messages }: Asked): string {
  return /"verdict": "([0-9a-f]+)"/.exec(messages[0]?.content ?? "")?.[1] ?? "";
}

/** A real server that speaks the chat-completions API; `answer` is the model's text, or undefined for a failure. */
export async function startChatServer(answer: (asked: Asked) => string | undefined): Promise<ChatServer> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      // Our own client's body.
      const one = JSON.parse(Buffer.concat(chunks).toString("utf8")) as Asked;
      asked.push(one);
      const content = request.url === "/v1/chat/completions" ? answer(one) : undefined;
      response.writeHead(content === undefined ? 400 : 200, { "content-type": "application/json" });
      const message = { role: "assistant", content };
      response.end(
        JSON.stringify({
          id: "chatcmpl-1",
          object: "chat.completion",
          model: one.model,
          choices: [{ index: 0, message, finish_reason: "stop" }],
          usage: { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 },
        }),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  // It listens on a port, not on a path.
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return { url: `http://127.0.0.1:${port}/v1`, asked, [Symbol.asyncDispose]: close };
}
