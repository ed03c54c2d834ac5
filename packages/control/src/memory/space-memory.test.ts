import { randomBytes } from "node:crypto";
import { DEFAULT_MEMORY_CONFIG, createIdGenerator } from "@berth/protocol";
import type { AgentMemoryConfig } from "@berth/protocol";
import { createInMemoryStore } from "@berth/store/memory";
import type { MemorySpace, Store } from "@berth/store";
import { describe, expect, it } from "vitest";
import type { Embedder, Embedders } from "./embedders/embedder.ts";
import { HASHED_EMBEDDER } from "./embedders/hashed-embedder.ts";
import { MemoryUpkeep } from "./memory-upkeep.ts";
import type { MemorySearch, NewMemory } from "./parse-requests.ts";
import { SpaceMemory } from "./space-memory.ts";

const SPACE: MemorySpace = { orgId: "org_1", agentId: "agt_1", owner: "usr_1" };
const START = Date.parse("2026-11-29T12:00:00.000Z");

/** Counts what it is asked, and can be broken. */
class CountingEmbedder implements Embedder {
  readonly model: string;
  readonly weight = 1;
  readonly texts: string[] = [];
  broken = false;

  constructor(model: string) {
    this.model = model;
  }

  async embed(texts: readonly string[]): Promise<readonly Float32Array[]> {
    if (this.broken) throw new Error("no vectors");
    this.texts.push(...texts);
    return await HASHED_EMBEDDER.embed(texts);
  }
}

interface House {
  readonly store: Store;
  readonly memory: SpaceMemory;
  readonly embedder: CountingEmbedder;
  readonly upkeep: MemoryUpkeep;
  readonly pass: (ms: number) => void;
  save(text: string, changes?: Partial<NewMemory>, config?: AgentMemoryConfig, space?: MemorySpace): Promise<string>;
  find(query: string, changes?: Partial<MemorySearch>, space?: MemorySpace): Promise<readonly string[]>;
}

function open(store: Store, model: string = "m1", others: readonly Embedder[] = []): House {
  let time = START;
  const now = (): Date => new Date(time);
  const embedder = new CountingEmbedder(model);
  const embedders: Embedders = {
    current: embedder,
    of: (name) => [embedder, ...others].find((each) => each.model === name),
  };
  const ids = createIdGenerator({ now: () => time++, randomBytes });
  const memory = new SpaceMemory({ store: store.memories, embedders, ids, now });
  return {
    store,
    memory,
    embedder,
    upkeep: new MemoryUpkeep({ store: store.memories, embedders, now }),
    pass: (ms) => {
      time += ms;
    },
    async save(text, changes = {}, config = DEFAULT_MEMORY_CONFIG, space = SPACE) {
      const saved = await memory.save(space, { text, metadata: {}, ...changes }, { by: "usr_1", config });
      return saved.outcome;
    },
    async find(query, changes = {}, space = SPACE) {
      const { hits } = await memory.search(space, { query, limit: 10, mode: "hybrid", ...changes });
      return hits.map(({ text }) => text);
    },
  };
}

describe("a space", () => {
  it("finds what was saved, at once, and not in another space", async () => {
    const { save, find } = open(createInMemoryStore());
    expect(await find("anything")).toEqual([]);
    await save("Grants expire after fifteen minutes.");
    await save("Receipts are signed.");
    expect((await find("when does a grant expire"))[0]).toBe("Grants expire after fifteen minutes.");
    await save("Bananas are yellow.");
    expect(await find("bananas", { mode: "text" })).toEqual(["Bananas are yellow."]);
    for (const other of [
      { ...SPACE, orgId: "org_2" },
      { ...SPACE, agentId: "agt_2" },
      { ...SPACE, owner: "" },
    ]) {
      expect(await find("bananas", {}, other)).toEqual([]);
    }
  });

  it("finds passages of a long text with their places", async () => {
    const { memory } = open(createInMemoryStore());
    const text = Array.from({ length: 40 }, (_, i) => `Paragraph ${i} is about topic${i}. ${"x".repeat(200)}`).join(
      "\n\n",
    );
    await memory.save(SPACE, { text, metadata: {} }, { by: "u", config: DEFAULT_MEMORY_CONFIG });
    const { hits } = await memory.search(SPACE, { query: "topic27", limit: 1, mode: "text" });
    expect(hits[0]?.text).toContain("topic27");
    expect(hits[0]?.text).toBe(text.slice(hits[0]?.from, hits[0]?.to));
  });

  it("computes nothing again for a text that is there", async () => {
    const { save, find, embedder } = open(createInMemoryStore());
    expect(await save("The same text.", { key: "k" })).toBe("created");
    expect(await save("The same text.", { key: "k", metadata: { n: 2 } })).toBe("unchanged");
    expect(embedder.texts).toHaveLength(1);
    expect(await save("Another text.", { key: "k" })).toBe("replaced");
    expect(await find("text", { mode: "text" })).toEqual(["Another text."]);
  });

  it("forgets by id, key, filter, time, or altogether", async () => {
    const { save, find, memory, upkeep, pass, store } = open(createInMemoryStore());
    await save("one word", { key: "one" });
    await save("two word", { metadata: { topic: "a" } });
    await save("three word", { ttlSeconds: 60 });
    await save("four word");
    expect(await memory.remove(SPACE, { key: "one" })).toBe(1);
    expect(await memory.remove(SPACE, { key: "one" })).toBe(0);
    expect(await memory.remove(SPACE, { filter: { topic: "a" } })).toBe(1);
    expect(await find("word")).toHaveLength(2);
    pass(60_000);
    expect(await find("word")).toEqual(["four word"]);
    expect((await memory.list(SPACE, { limit: 10 })).items.map(({ text }) => text)).toEqual(["four word"]);
    expect(await store.memories.list(SPACE, { limit: 10 })).toHaveLength(2);
    await upkeep.run();
    expect(await store.memories.list(SPACE, { limit: 10 })).toHaveLength(1);
    expect(await memory.remove(SPACE, { all: true })).toBe(1);
    expect(await find("word")).toEqual([]);
  });

  it("keeps to what berth.json allows: so many items, for so long", async () => {
    const { save, pass, find } = open(createInMemoryStore());
    const config: AgentMemoryConfig = { scopes: ["user"], maxItems: 1, ttlDays: 1 };
    await save("one word", { ttlSeconds: 999_999_999 }, config);
    await expect(save("two word", {}, config)).rejects.toMatchObject({ reason: "QUOTA_EXCEEDED" });
    pass(86_400_001);
    expect(await find("word")).toEqual([]);
  });

  it("that another process writes is followed, whatever it does", async () => {
    const store = createInMemoryStore();
    const [here, there] = [open(store), open(store)];
    await here.save("one word");
    expect(await there.find("word")).toEqual(["one word"]);
    await here.save("two word", { key: "k" });
    expect(await there.find("two", { mode: "text" })).toEqual(["two word"]);
    await there.memory.remove(SPACE, { key: "k" });
    expect(await here.find("word")).toEqual(["one word"]);
    await here.memory.remove(SPACE, { all: true });
    await store.memories.prune({ now: "1970-01-01T00:00:00.000Z", forgetBefore: "2999-01-01T00:00:00.000Z", limit: 1 });
    expect(await there.find("word")).toEqual([]);
  });
});

describe("another model", () => {
  it("takes over when every item has its vectors; until then the old one is searched, with what is new too", async () => {
    const store = createInMemoryStore();
    const before = open(store);
    for (const word of ["one", "two", "three"]) await before.save(`${word} word`);
    const after = open(store, "m2", [before.embedder]);
    await after.save("four word");
    const search = { query: "word", limit: 10, mode: "vector" } as const;
    const old = await after.memory.search(SPACE, search);
    expect([old.model, old.hits.length]).toEqual(["m1", 4]);
    await after.upkeep.run();
    const next = await after.memory.search(SPACE, search);
    expect([next.model, next.hits.length]).toEqual(["m2", 4]);
    expect(await store.memories.unembedded(SPACE, "m1", 10)).toHaveLength(4);
  });

  it("goes on where it was stopped", async () => {
    const store = createInMemoryStore();
    const before = open(store);
    for (let i = 0; i < 40; i++) await before.save(`word${i}`);
    const after = open(store, "m2");
    const embed = after.embedder.embed.bind(after.embedder);
    after.embedder.embed = async (texts) => {
      after.embedder.broken = after.embedder.texts.length === 25;
      return await embed(texts);
    };
    await after.upkeep.run();
    expect(await store.memories.space(SPACE)).toMatchObject({ model: "m1" });
    // The old model cannot be asked any more: words still find everything.
    const { hits } = await after.memory.search(SPACE, { query: "word39", limit: 1, mode: "text" });
    expect(hits[0]?.text).toBe("word39");
    const again = open(store, "m2");
    await again.upkeep.run();
    expect(again.embedder.texts).toHaveLength(15);
    expect(await store.memories.space(SPACE)).toMatchObject({ model: "m2" });
  });
});
