import { matchesLog } from "@berth/telemetry";
import type { StoredLog } from "@berth/telemetry";
import { expect, it } from "vitest";
import { LogBuckets } from "./telemetry-buckets.ts";
import { FacetCounts, facetOf } from "./telemetry-facets.ts";
import { ALL, AT_US, Dice, field, logOf, randomLog, randomQuery, words } from "./telemetry-samples.ts";
import type { OpenTelemetryStore } from "./telemetry-store.contract.ts";
import type { LogFacet, LogPage } from "./telemetry-store.ts";

const now = (): Date => new Date(AT_US / 1_000);

export function telemetryLogsContract(open: OpenTelemetryStore): void {
  it("keeps a line as it came, for its organization only, under growing ids", async () => {
    await using store = await open(now);
    const { logs } = store.telemetry;
    const line = logOf("\u001B[31mred\u001B[0m 😀", {
      atUs: AT_US - 5,
      severity: 17,
      agent: "planner",
      release: "rel_1",
      instanceId: "ins_1",
      taskId: "task_1",
      traceId: "0".repeat(31) + "1",
      spanId: "0".repeat(15) + "1",
      scope: "lib/1",
      attributes: { "a.b": [1, { c: null }], "": "" },
      resource: { "service.name": "planner" },
    });
    const ids = await logs.append("org_1", [line, logOf("second")]);
    const [later = 0] = await logs.append("org_1", [logOf("third")]);
    await logs.append("org_2", [logOf("theirs")]);
    expect(await logs.append("org_1", [])).toEqual([]);
    expect([...ids, later]).toEqual([...ids, later].toSorted((a, b) => a - b));
    expect(new Set([...ids, later]).size).toBe(3);
    const [first = 0] = ids;
    expect(await logs.search("org_1", field("level", "error"), { limit: 10 })).toEqual([{ ...line, id: first }]);
    expect((await logs.search("org_2", ALL, { limit: 10 })).map(({ body }) => body)).toEqual(["theirs"]);
    expect(await logs.context("org_2", later, { before: 5, after: 5 })).toEqual([]);
    expect(await logs.facet("org_2", ALL, "agent", 10)).toEqual([]);
    expect(await logs.search("org_\u0000", ALL, { limit: 10 })).toEqual([]);
  });

  it("answers each query as the matcher does, by page, histogram and facet", async () => {
    await using store = await open(now);
    const { logs } = store.telemetry;
    const dice = new Dice(11);
    const stored: StoredLog[] = [];
    for (let batch = 0; batch < 6; batch++) {
      const records = Array.from({ length: 60 }, () => randomLog(dice));
      const ids = await logs.append("org_1", records);
      stored.push(...records.map((record, i) => ({ ...record, id: ids[i] ?? 0 })));
    }
    for (let round = 0; round < 200; round++) {
      const query = randomQuery(dice);
      const name = JSON.stringify(query);
      const expected = stored.filter((log) => matchesLog(query, log));
      const limit = 1 + dice.below(100);
      expect(await logs.search("org_1", query, { limit }), name).toEqual(expected.toReversed().slice(0, limit));
      expect(await logs.search("org_1", query, { limit, order: "oldest" }), name).toEqual(expected.slice(0, limit));
      const range = { fromUs: AT_US - 100_000_000, toUs: AT_US + 1_000_000_001, buckets: 7 };
      const buckets = new LogBuckets(range);
      for (const { atUs, severity } of expected) buckets.add(atUs, severity);
      expect(await logs.histogram("org_1", query, range), name).toEqual(buckets.toBuckets());
      const facet = dice.of<LogFacet>(["agent", "level", "source", "instance", "service"]);
      const counts = new FacetCounts();
      for (const log of expected) counts.add(facetOf(log, facet));
      expect(await logs.facet("org_1", query, facet, 3), `${facet} ${name}`).toEqual(counts.top(3));
    }
  });

  it("pages without gaps or repeats while others append", async () => {
    await using store = await open(now);
    const { logs } = store.telemetry;
    const ids = await logs.append(
      "org_1",
      Array.from({ length: 50 }, (_, i) => logOf(i % 2 === 0 ? "even line" : "odd line")),
    );
    for (const [query, wanted] of [
      [ALL, ids],
      [words("EVEN"), ids.filter((_id, i) => i % 2 === 0)],
      [{ terms: [{ type: "regex", negated: true, source: "^even" }] } as const, ids.filter((_id, i) => i % 2 === 1)],
    ] as const) {
      const found: number[] = [];
      let place: Partial<LogPage> = { beforeId: (ids.at(-1) ?? 0) + 1 };
      for (let page = 0; page < 20; page++) {
        const next = await logs.search("org_1", query, { limit: 7, ...place });
        found.push(...next.map(({ id }) => id));
        await logs.append("org_1", [logOf("even line, later")]);
        const last = next.at(-1);
        if (last === undefined) break;
        place = { beforeId: last.id };
      }
      expect(found).toEqual(wanted.toReversed());
    }
  });

  it("is followed without missing a line of many writers", async () => {
    await using store = await open(() => new Date());
    const { logs } = store.telemetry;
    let isWriting = true;
    const writers = Array.from({ length: 6 }, async (_, writer) => {
      for (let i = 0; i < 20; i++) {
        await logs.append("org_1", [logOf(`w${writer} ${i}`), logOf(`w${writer} ${i} again`)]);
        await logs.append("org_2", [logOf("theirs")]);
      }
    });
    const written = Promise.all(writers).then(() => {
      isWriting = false;
    });
    const seen: string[] = [];
    let afterId = 0;
    for (let isLast = false; ;) {
      const next = await logs.search("org_1", ALL, { limit: 50, order: "oldest", afterId });
      seen.push(...next.map(({ body }) => body));
      afterId = next.at(-1)?.id ?? afterId;
      if (next.length === 0 && isLast) break;
      isLast = !isWriting;
    }
    await written;
    expect(seen).toHaveLength(240);
    expect(new Set(seen).size).toBe(240);
  });

  it("finds what is rare among much else, old or late", async () => {
    await using store = await open(now);
    const { logs } = store.telemetry;
    const rare = logOf("the needle is here", { agent: "rare", atUs: AT_US - 3e12 });
    const [id = 0] = await logs.append("org_1", [rare]);
    await logs.append(
      "org_1",
      Array.from({ length: 2_500 }, (_, i) => logOf(`usual line ${i}`, { agent: "coder" })),
    );
    const stored = { ...rare, id };
    const phrase = { terms: [{ type: "text", negated: false, text: "e needle is h", phrase: true }] } as const;
    for (const query of [words("Needle"), field("agent", "rare"), phrase, { ...ALL, untilUs: AT_US - 1e12 }]) {
      expect(await logs.search("org_1", query, { limit: 3 })).toEqual([stored]);
      expect(await logs.search("org_1", query, { limit: 3, order: "oldest" })).toEqual([stored]);
      expect(await logs.search("org_1", query, { limit: 3, beforeId: id })).toEqual([]);
      expect(await logs.search("org_1", query, { limit: 3, order: "oldest", afterId: id })).toEqual([]);
    }
  });

  it("shows what stands around a line: of the same agent and instance, oldest first", async () => {
    await using store = await open(now);
    const { logs } = store.telemetry;
    const of = (body: string, instanceId: string): ReturnType<typeof logOf> =>
      logOf(body, { agent: "planner", instanceId });
    const ids = await logs.append("org_1", [
      of("a", "1"),
      of("b", "2"),
      of("c", "1"),
      of("d", "1"),
      logOf("e"),
      of("f", "1"),
      of("g", "1"),
    ]);
    const around = async (place: number, before: number, after: number): Promise<string> =>
      (await logs.context("org_1", ids[place] ?? 0, { before, after })).map(({ body }) => body).join("");
    expect(await around(3, 1, 1)).toBe("cdf");
    expect(await around(3, 10, 10)).toBe("acdfg");
    expect(await around(3, 0, 0)).toBe("d");
    expect(await around(4, 5, 5)).toBe("e");
    expect(await logs.context("org_1", 12, { before: 1, after: 1 })).toEqual([]);
  });
}
