import { choice, described, instant, integer, list, nullable, object, text } from "./json-schema.ts";
import type { JsonSchema } from "./json-schema.ts";

export type ModelSchemaName = "ModelAlias" | "ModelList" | "ModelProvider" | "NewModelAlias" | "NewModelProvider";

const KIND = choice("openai", "anthropic", "gemini", "ollama");
const PRICE = described("US dollars for a million tokens, as decimal text.", text);
const ALIAS = {
  name: text,
  models: described("provider/model each; the next is tried when one cannot answer.", list(text)),
  updatedAt: instant,
  updatedBy: text,
};
const PROVIDER = {
  name: text,
  kind: KIND,
  baseUrl: text,
  secret: described("The name of the secret that is its key; null: it is called without one.", nullable(text)),
  models: list(object({ name: text, inputPrice: nullable(PRICE), outputPrice: nullable(PRICE) })),
  concurrency: integer,
  timeoutSeconds: integer,
  updatedAt: instant,
  updatedBy: text,
};

export const MODEL_SCHEMAS: Readonly<Record<ModelSchemaName, JsonSchema>> = {
  NewModelProvider: object({
    kind: KIND,
    "baseUrl?": described("Default: the kind's own.", text),
    "secret?": described("The name of a secret of the organization.", text),
    models: list(object({ name: text, "inputPrice?": PRICE, "outputPrice?": PRICE })),
    "concurrency?": described("Calls at once; default 16.", integer),
    "timeoutSeconds?": described("How long one request may take; default 600.", integer),
  }),
  ModelProvider: object(PROVIDER),
  NewModelAlias: object({ models: ALIAS.models }),
  ModelAlias: object(ALIAS),
  ModelList: object({ providers: list(object(PROVIDER)), aliases: list(object(ALIAS)) }),
};
