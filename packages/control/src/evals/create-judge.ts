import { isPlatformError } from "@berth/protocol";
import type { Store } from "@berth/store";
import type { Completion, Models } from "../models/models.ts";
import { JudgeError } from "./judge-model.ts";
import type { JudgeModel, JudgeQuestion, JudgeVerdict } from "./judge-model.ts";
import { judgePrompt, readJudgement } from "./judge-prompt.ts";

/** The alias that an organization gives the model it judges with. */
const DEFAULT_MODEL = "judge";
const TIMEOUT_MS = 60_000;
const MAX_TOKENS = 1_000;
const NONCE_BYTES = 12;

export interface JudgeOptions {
  readonly models: Pick<Models, "complete">;
  readonly store: Pick<Store, "models">;
  readonly randomBytes: (length: number) => Uint8Array;
}

/** Judges with the models that organizations have set up; what that costs is theirs. */
export function createJudge(options: JudgeOptions): JudgeModel {
  return {
    missing: async (orgId, model) => await missing(options, orgId, model),
    judge: async (question, signal) => await judge(options, question, signal),
  };
}

async function missing(
  { store }: JudgeOptions,
  orgId: string,
  model: string = DEFAULT_MODEL,
): Promise<string | undefined> {
  const [providers, aliases] = await Promise.all([store.models.providers(orgId), store.models.aliases(orgId)]);
  const names = providers.flatMap(({ name, models }) => models.map((each) => `${name}/${each.name}`));
  if (names.includes(model) || aliases.some(({ name }) => name === model)) return undefined;
  return `no model "${model}" is set up to judge`;
}

async function judge(
  { models, randomBytes }: JudgeOptions,
  question: JudgeQuestion,
  signal: AbortSignal,
): Promise<JudgeVerdict> {
  const nonce = Buffer.from(randomBytes(NONCE_BYTES)).toString("hex");
  const { system, user } = judgePrompt(question, nonce);
  const request = {
    model: question.model ?? DEFAULT_MODEL,
    messages: [
      { role: "system", content: system },
      { role: "user", content: user },
    ],
    responseFormat: { type: "json_object" },
    temperature: 0,
    maxTokens: MAX_TOKENS,
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
  };
  const completion = await models.complete(question.orgId, request).catch((error: unknown) => {
    signal.throwIfAborted();
    if (!isPlatformError(error)) throw error;
    throw new JudgeError(`the judge could not be asked: ${error.reason}: ${error.message}`, { cause: error });
  });
  const usage = usageOf(completion);
  try {
    return { ...readJudgement(completion.text, nonce), usage };
  } catch (error) {
    throw error instanceof JudgeError ? new JudgeError(error.message, { usage, cause: error }) : error;
  }
}

function usageOf({ inputTokens, outputTokens, costMicros = 0 }: Completion): JudgeVerdict["usage"] {
  return { inputTokens, outputTokens, costMicros };
}
