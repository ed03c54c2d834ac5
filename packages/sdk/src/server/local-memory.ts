import type { JsonObject, JsonValue } from "@berth/protocol";
import type { Memory, MemoryFilter, MemoryItem, MemoryTarget } from "../memory.ts";

const MAX_ITEMS = 10_000;

interface Kept extends MemoryItem {
  readonly scope: string;
  readonly words: ReadonlySet<string>;
}

/**
 * The stand-in for an agent that runs without the platform: until the process ends, for one caller, and searched by rare
 * words that query and text have in common.
 */
export function openLocalMemory(newId: () => string, now: () => number): Memory {
  const items = new Map<string, Kept>();
  const alive = (scope: string = "user"): Kept[] =>
    [...items.values()].filter(
      (each) => each.scope === scope && (each.expiresAt === undefined || Date.parse(each.expiresAt) > now()),
    );
  return {
    async save({ text, metadata = {}, key, ttlSeconds, source, scope = "user" }) {
      if (text.trim() === "") throw new Error("There is nothing to remember.");
      const prior = alive(scope).find((each) => (key === undefined ? each.text === text : each.key === key));
      if (prior === undefined && items.size >= MAX_ITEMS) throw new Error(`${MAX_ITEMS} items are remembered already.`);
      const id = prior?.id ?? newId();
      items.set(id, {
        id,
        scope,
        text,
        metadata,
        words: new Set(wordsOf(text)),
        createdAt: prior?.createdAt ?? new Date(now()).toISOString(),
        ...(key === undefined ? {} : { key }),
        ...(source === undefined ? {} : { source }),
        ...(ttlSeconds === undefined ? {} : { expiresAt: new Date(now() + ttlSeconds * 1_000).toISOString() }),
      });
      const outcome = prior === undefined ? "created" : prior.text === text ? "unchanged" : "replaced";
      return { id, outcome, passages: 1 };
    },
    async search({ query, limit = 10, filter, scope }) {
      const candidates = alive(scope);
      const wanted = [...new Set(wordsOf(query))].map((word) => {
        const having = candidates.filter(({ words }) => words.has(word)).length;
        return { word, weight: Math.log(1 + candidates.length / (having + 1)) };
      });
      const mean = candidates.reduce((sum, { words }) => sum + words.size, 0) / Math.max(candidates.length, 1);
      // Long texts have many words by chance.
      const norm = ({ words }: Kept): number => 1 + words.size / mean;
      return candidates
        .filter(({ metadata }) => filter === undefined || matches(metadata, filter))
        .map((item) => ({
          item,
          score: wanted.reduce((sum, { word, weight }) => sum + (item.words.has(word) ? weight : 0), 0) / norm(item),
        }))
        .filter(({ score }) => score > 0)
        .sort((a, b) => b.score - a.score || (a.item.id < b.item.id ? -1 : 1))
        .slice(0, limit)
        .map(({ item, score }) => ({ ...shown(item), score }));
    },
    async delete(target) {
      const gone = alive(target.scope).filter((item) => isTarget(item, target));
      for (const { id } of gone) items.delete(id);
      return gone.length;
    },
    async list({ scope, limit = 50, after } = {}) {
      const sorted = alive(scope).sort((a, b) => (a.id > b.id ? -1 : 1));
      const page = sorted.filter(({ id }) => after === undefined || id < after).slice(0, limit);
      const next = page.length === limit ? page.at(-1)?.id : undefined;
      return { items: page.map(shown), ...(next === undefined ? {} : { next }) };
    },
  };
}

function shown({ words: _words, scope: _scope, ...item }: Kept): MemoryItem {
  return item;
}

function wordsOf(text: string): string[] {
  return (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).map((word) => word.replace(/(?<=\w{3})s$/, ""));
}

function isTarget(item: Kept, target: MemoryTarget): boolean {
  if ("ids" in target) return target.ids.includes(item.id);
  if ("key" in target) return item.key === target.key;
  return "all" in target || matches(item.metadata, target.filter);
}

function matches(metadata: JsonObject, filter: MemoryFilter): boolean {
  return Object.entries(filter).every(([field, condition]) => {
    const value = metadata[field];
    const values: readonly JsonValue[] = Array.isArray(value) ? value : value === undefined ? [] : [value];
    return values.some((each) => holds(each, condition));
  });
}

function holds(value: JsonValue, condition: MemoryFilter[string]): boolean {
  if (typeof condition !== "object" || condition === null) return value === condition;
  if ("in" in condition) return condition.in.some((each) => each === value);
  const { gt, gte, lt, lte } = condition;
  const order = (bound: string | number): number | undefined => {
    if (typeof value === "number" && typeof bound === "number") return value - bound;
    if (typeof value === "string" && typeof bound === "string") return value < bound ? -1 : value > bound ? 1 : 0;
    return undefined;
  };
  const is = (bound: string | number | undefined, test: (order: number) => boolean): boolean => {
    if (bound === undefined) return true;
    const found = order(bound);
    return found !== undefined && test(found);
  };
  return is(gt, (n) => n > 0) && is(gte, (n) => n >= 0) && is(lt, (n) => n < 0) && is(lte, (n) => n <= 0);
}
