import type { StoredLog } from "@berth/telemetry";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openEmbeddedPostgres } from "../src/embedded/index.ts";
import type { EmbeddedPostgres } from "../src/embedded/index.ts";
import type { Store } from "../src/index.ts";
import { openPostgresStore } from "../src/postgres/index.ts";
import { DAY_US } from "../src/telemetry-days.ts";
import { ALL, AT_US, field, logOf, spanOf, traceIdOf, words } from "../src/telemetry-samples.ts";
import { telemetryStoreContract } from "../src/telemetry-store.contract.ts";
import { removeFolder, scratchFolder, scratchHome } from "./scratch.ts";

let folder = "";
let server: EmbeddedPostgres | undefined;
let databases = 0;

beforeAll(async () => {
  folder = await scratchFolder();
  server = await openEmbeddedPostgres({ home: await scratchHome(folder), log: () => undefined });
});

afterAll(async () => {
  await server?.close();
  await removeFolder(folder);
});

async function newDatabase(): Promise<EmbeddedPostgres["connection"]> {
  if (server === undefined) throw new Error("the server is started before the tests");
  const database = `telemetry_${databases++}`;
  const client = new Client(server.connection);
  await client.connect();
  try {
    await client.query(`create database ${database}`);
  } finally {
    await client.end();
  }
  return { ...server.connection, database };
}

telemetryStoreContract(
  "PostgreSQL, embedded",
  async (now) => await openPostgresStore({ connection: await newDatabase(), poolSize: 4, now }),
);

describe("telemetry of two nodes on one database", () => {
  const today = (): Date => new Date(AT_US / 1_000);
  let stores: readonly Store[] = [];
  beforeAll(async () => {
    const connection = await newDatabase();
    stores = await Promise.all(
      [1, 2].map(async () => await openPostgresStore({ connection, poolSize: 2, now: today })),
    );
  });
  afterAll(async () => {
    for (const store of stores) await store.close();
  });

  it("is followed by id without missing a line, while both write", async () => {
    let isWriting = true;
    const written = Promise.all(
      stores.flatMap((store, node) =>
        Array.from({ length: 4 }, async (_, writer) => {
          for (let i = 0; i < 15; i++) await store.telemetry.logs.append("org_1", [logOf(`${node} ${writer} ${i}`)]);
        }),
      ),
    ).then(() => {
      isWriting = false;
    });
    const seen: StoredLog[] = [];
    for (let isLast = false; ;) {
      const page = { limit: 10, order: "oldest", afterId: seen.at(-1)?.id ?? 0 } as const;
      const next = await stores[0]?.telemetry.logs.search("org_1", ALL, page);
      seen.push(...(next ?? []));
      if (next?.length === 0 && isLast) break;
      isLast = !isWriting;
    }
    await written;
    expect(new Set(seen.map(({ body }) => body)).size).toBe(120);
    expect(seen).toHaveLength(120);
  });

  it("has each span once that both were sent, ended if one of them was", async () => {
    const all = Array.from({ length: 40 }, (_, i) => spanOf(i));
    const begun = all.map(({ endUs: _endUs, ...span }) => span);
    await Promise.all(
      stores.flatMap(({ telemetry }, node) =>
        [all, begun].map(async (spans) => {
          await telemetry.spans.append("org_1", node === 0 ? spans : spans.toReversed());
        }),
      ),
    );
    for (const { telemetry } of stores) expect(await telemetry.spans.trace("org_1", traceIdOf(1), 100)).toEqual(all);
  });

  it("can be written to a day that the other has dropped", async () => {
    const [first, second] = stores.map(({ telemetry }) => telemetry);
    const old = spanOf(1, { traceId: traceIdOf(7), startUs: AT_US - 20 * DAY_US });
    for (const spanNumber of [1, 2]) {
      await first?.spans.append("org_2", [{ ...old, spanId: spanNumber.toString(16).padStart(16, "0") }]);
      expect(await second?.prune({ beforeUs: AT_US - 10 * DAY_US, maxBytes: 1e12 })).toEqual({ days: 1 });
    }
    expect(await first?.spans.search("org_2", field("level", "info"), { limit: 5 })).toEqual([]);
    expect(await first?.spans.search("org_2", words("span"), { limit: 5 })).toEqual([]);
  });

  it("keeps what is years off until there is too much", async () => {
    const [first] = stores.map(({ telemetry }) => telemetry);
    const far = spanOf(1, { traceId: traceIdOf(8), startUs: AT_US + 400 * DAY_US, endUs: AT_US + 401 * DAY_US });
    await first?.spans.append("org_3", [far]);
    await first?.prune({ beforeUs: AT_US - 10 * DAY_US, maxBytes: 1e12 });
    expect(await first?.spans.search("org_3", words("span"), { limit: 5 })).toEqual([far]);
    await first?.prune({ beforeUs: 0, maxBytes: 1 });
    expect(await first?.spans.searchTraces("org_3", ALL, { limit: 5 })).toEqual([]);
  });
});
