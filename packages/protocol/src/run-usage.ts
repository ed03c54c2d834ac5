/** What a run used: as its agent says, as the platform measured, or both. Whole numbers. */
export interface RunUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Millionths of a US dollar; absent when no report had it. */
  readonly costMicros?: number;
  /** The models that were named, each once. */
  readonly models?: readonly string[];
}

/** Beyond any run, and small enough that sums of many stay exact. */
const MAX_COUNT = 1_000_000_000_000;
const MAX_MODELS = 16;
const MAX_MODEL_LENGTH = 200;
const COUNTS = ["inputTokens", "outputTokens", "costMicros"] as const;

/** Hostile until parsed: an agent's word becomes part of a signed receipt. A string says what is wrong. */
export function readRunUsage(value: unknown): RunUsage | string {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "must be an object";
  const said = new Map<string, unknown>(Object.entries(value));
  for (const name of COUNTS) {
    const count = said.get(name);
    if (count !== undefined && !isCount(count)) return `${name} must be a whole number from 0 to ${MAX_COUNT}`;
  }
  const models = said.get("models");
  if (models !== undefined && !areModels(models)) {
    return `models must be at most ${MAX_MODELS} names of 1 to ${MAX_MODEL_LENGTH} printable characters`;
  }
  const [inputTokens, outputTokens, costMicros] = COUNTS.map((name) => said.get(name)).map((count) =>
    isCount(count) ? count : undefined,
  );
  return {
    inputTokens: inputTokens ?? 0,
    outputTokens: outputTokens ?? 0,
    ...(costMicros === undefined ? {} : { costMicros }),
    ...(models === undefined || models.length === 0 ? {} : { models: [...new Set(models)] }),
  };
}

/** Both together. A string, as from `readRunUsage`, when the sum is more than a run can use. */
export function addRunUsage(a: RunUsage, b: RunUsage): RunUsage | string {
  const costs = [a.costMicros, b.costMicros].filter((cost) => cost !== undefined);
  return readRunUsage({
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    ...(costs.length === 0 ? {} : { costMicros: costs.reduce((sum, cost) => sum + cost, 0) }),
    models: [...new Set([...(a.models ?? []), ...(b.models ?? [])])].slice(0, MAX_MODELS),
  });
}

/**
 * What counts: of each number the larger of what the agent said and what the platform measured. An agent that reports the
 * calls that the platform saw too is not charged twice, and one that reports less is charged what was measured.
 */
export function totalUsage(said: RunUsage | undefined, measured: RunUsage | undefined): RunUsage | undefined {
  if (said === undefined || measured === undefined) return said ?? measured;
  const costs = [said.costMicros, measured.costMicros].filter((cost) => cost !== undefined);
  const models = [...new Set([...(measured.models ?? []), ...(said.models ?? [])])].slice(0, MAX_MODELS);
  return {
    inputTokens: Math.max(said.inputTokens, measured.inputTokens),
    outputTokens: Math.max(said.outputTokens, measured.outputTokens),
    ...(costs.length === 0 ? {} : { costMicros: Math.max(...costs) }),
    ...(models.length === 0 ? {} : { models }),
  };
}

/** Reports of one task are its totals, so a later one is never less. */
export function isUsageBelow(next: RunUsage, known: RunUsage): boolean {
  return COUNTS.some((name) => (next[name] ?? 0) < (known[name] ?? 0));
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= MAX_COUNT;
}

function areModels(value: unknown): value is readonly string[] {
  if (!Array.isArray(value) || value.length > MAX_MODELS) return false;
  return value.every((name) => typeof name === "string" && isModelName(name));
}

function isModelName(name: string): boolean {
  return name.length <= MAX_MODEL_LENGTH && /^[^\p{C}]+$/u.test(name);
}
