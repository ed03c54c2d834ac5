import { SECRET_NAME_PATTERN, invalidParams } from "@berth/protocol";
import type { FieldViolation } from "@berth/protocol";
import { MODEL_PROVIDER_KINDS } from "@berth/store";
import type { PricedModel } from "@berth/store";
import type { ProviderContent } from "./models.ts";

const NAME = /^[a-z][a-z0-9-]{0,38}$/;
const MODEL_NAME = /^[A-Za-z0-9][A-Za-z0-9._:@/+-]{0,127}$/;
const MAX_MODELS = 200;
const MAX_TARGETS = 8;
/** A thousand dollars for a thousand tokens. */
const MAX_PRICE = 1_000_000_000_000;
const MAX_CONCURRENCY = 1_000;
const MAX_TIMEOUT_SECONDS = 3_600;

/** `baseUrl` with the kind's own in place of none. @throws INVALID_PARAMS with every field that does not fit */
export function assertProvider(name: string, content: ProviderContent & { readonly baseUrl: string }): void {
  const violations: FieldViolation[] = [];
  const { kind, baseUrl, secretName, models, concurrency = 1, timeoutSeconds = 1 } = content;
  const report = (field: string, description: string): void => void violations.push({ field, description });
  if (!NAME.test(name)) report("name", "must be 1 to 39 of a-z, 0-9 and hyphen, beginning with a letter");
  const isKind = MODEL_PROVIDER_KINDS.includes(kind);
  if (!isKind) report("kind", `must be one of ${MODEL_PROVIDER_KINDS.join(", ")}`);
  // Without a kind there is none to fall back on.
  if ((isKind || baseUrl !== "") && !isBaseUrl(baseUrl))
    report("baseUrl", "must be an http or https URL without user, query and fragment");
  if (secretName !== undefined && !SECRET_NAME_PATTERN.test(secretName)) {
    report("secret", "must be a secret's name, such as OPENAI_API_KEY; never its value");
  }
  if (models.length === 0 || models.length > MAX_MODELS) report("models", `must be 1 to ${MAX_MODELS} models`);
  const seen = new Set<string>();
  for (const [index, model] of models.slice(0, MAX_MODELS).entries()) {
    const objection = modelObjection(model, seen);
    if (objection !== undefined) report(`models[${index}]`, objection);
    seen.add(model.name);
  }
  if (!isWhole(concurrency, MAX_CONCURRENCY)) report("concurrency", `must be 1 to ${MAX_CONCURRENCY}`);
  if (!isWhole(timeoutSeconds, MAX_TIMEOUT_SECONDS)) report("timeoutSeconds", `must be 1 to ${MAX_TIMEOUT_SECONDS}`);
  if (violations.length > 0) throw invalidParams(violations);
}

/** Models that there are not yet may be named: they are left out until there are. @throws INVALID_PARAMS */
export function assertAlias(name: string, targets: readonly string[]): void {
  const violations: FieldViolation[] = [];
  if (!NAME.test(name)) {
    violations.push({ field: "name", description: "must be 1 to 39 of a-z, 0-9 and hyphen, beginning with a letter" });
  }
  const fit = targets.every((target) => /^[a-z][a-z0-9-]{0,38}\/./.test(target) && MODEL_NAME.test(target));
  if (!fit || targets.length === 0 || targets.length > MAX_TARGETS) {
    violations.push({ field: "models", description: `must be 1 to ${MAX_TARGETS} of provider/model` });
  }
  if (violations.length > 0) throw invalidParams(violations);
}

function modelObjection(
  { name, inputMicros, outputMicros }: PricedModel,
  seen: ReadonlySet<string>,
): string | undefined {
  if (!MODEL_NAME.test(name)) return "must be named by up to 128 of letters, digits and ._:@/+-";
  if (seen.has(name)) return "is there already";
  const prices = [inputMicros, outputMicros].filter((price) => price !== undefined);
  return prices.every((price) => price === 0 || isWhole(price, MAX_PRICE))
    ? undefined
    : "must have prices that are amounts";
}

function isBaseUrl(text: string): boolean {
  const url = text.length > 1_024 ? null : URL.parse(text);
  if (url === null || !["http:", "https:"].includes(url.protocol)) return false;
  return [url.username, url.password, url.search, url.hash].every((part) => part === "");
}

function isWhole(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= max;
}
