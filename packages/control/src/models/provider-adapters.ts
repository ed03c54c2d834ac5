import type { ModelProviderKind } from "@berth/store";
import { anthropic } from "./providers/anthropic.ts";
import { gemini } from "./providers/gemini.ts";
import { ollama, openAi } from "./providers/openai.ts";
import type { ProviderAdapter } from "./providers/provider-adapter.ts";

export const PROVIDER_ADAPTERS: Readonly<Record<ModelProviderKind, ProviderAdapter>> = {
  openai: openAi,
  anthropic,
  gemini,
  ollama,
};
