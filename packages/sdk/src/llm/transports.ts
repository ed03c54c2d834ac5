import { ServiceError } from "../context.ts";
import type { RunServices } from "../services/run-services.ts";
import type { LlmTransport } from "./llm.ts";

/** Through the platform, in the name of the run. */
export function platformTransport(services: RunServices): LlmTransport {
  return async ({ path, body, signal }) =>
    await services.open({ method: "POST", path: `/llm/v1${path}`, body, signal });
}

/** An agent that runs alone: whatever speaks OpenAI's API there, with the developer's own key. */
export function localTransport(baseUrl: string | undefined, key: string | undefined): LlmTransport {
  return async ({ path, body, signal }) => {
    if (baseUrl === undefined && key === undefined) {
      throw new ServiceError(
        "MODEL_FAILED",
        "ctx.llm needs a platform, or OPENAI_BASE_URL or OPENAI_API_KEY in the environment of an agent that runs alone.",
      );
    }
    const url = `${(baseUrl ?? "https://api.openai.com/v1").replace(/\/$/, "")}${path}`;
    const headers = {
      "content-type": "application/json",
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    };
    const answer = await fetch(url, { method: "POST", headers, body, signal });
    return { status: answer.status, body: answer.body ?? nothing() };
  };
}

async function* nothing(): AsyncGenerator<Uint8Array, void> {}
