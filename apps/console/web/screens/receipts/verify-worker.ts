import { chooseEngine } from "../../api/verifier-crypto.ts";
import { judge } from "./judge.ts";
import type { VerifyAsk } from "./verify-messages.ts";

// The other end is verifier.ts: one answer for each question, by its id.
interface Question {
  readonly id: number;
  readonly ask: VerifyAsk;
}

// The console's types are those of pages; this file runs in a worker.
const scope = globalThis as unknown as {
  postMessage(message: unknown): void;
  addEventListener(type: "message", listener: (event: { readonly data: Question }) => void): void;
};

scope.addEventListener("message", ({ data: { id, ask } }) => {
  void answer(id, ask);
});

async function answer(id: number, ask: VerifyAsk): Promise<void> {
  try {
    scope.postMessage({ id, answer: await judge(ask, await chooseEngine()) });
  } catch (error) {
    scope.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
  }
}
