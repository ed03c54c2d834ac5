import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { append, newTask } from "../src/contract-samples.ts";
import { openEmbeddedPostgres } from "../src/embedded/index.ts";
import type { EmbeddedPostgres } from "../src/embedded/index.ts";
import type { Store } from "../src/index.ts";
import { openPostgresStore } from "../src/postgres/index.ts";
import { migrate } from "../src/postgres/migrate.ts";
import type { PostgresConnection } from "../src/postgres/index.ts";
import { MIGRATIONS } from "../src/postgres/migrations/index.ts";
import { openDatabase } from "../src/postgres/open-database.ts";
import { storeContract } from "../src/store.contract.ts";
import { removeFolder, scratchFolder, scratchHome } from "./scratch.ts";

let folder = "";
let server: EmbeddedPostgres | undefined;
let databases = 0;

beforeAll(async () => {
  folder = await scratchFolder();
  server = await openEmbeddedPostgres({ home: await scratchHome(folder) });
});

afterAll(async () => {
  await server?.close();
  await removeFolder(folder);
});

type Address = EmbeddedPostgres["connection"];

async function newDatabase(): Promise<Address> {
  if (server === undefined) throw new Error("the server is started before the tests");
  const database = `test_${databases++}`;
  await query(server.connection, `create database ${database}`);
  return { ...server.connection, database };
}

async function query(connection: Address, text: string): Promise<Record<string, unknown>[]> {
  const client = new Client(connection);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

storeContract(
  "PostgreSQL, embedded",
  async () => await openPostgresStore({ connection: await newDatabase(), poolSize: 4 }),
);

describe("a database", () => {
  it("is migrated once when several programs open it at the same time", async () => {
    const connection = await newDatabase();
    const stores = await Promise.all([1, 2, 3].map(async () => await openPostgresStore({ connection, poolSize: 1 })));
    await Promise.all(stores.map(async (store) => await store.close()));
    const applied = MIGRATIONS.map(({ id, name }) => ({ id, name }));
    expect(await query(connection, "select id, name from berth_migrations order by id")).toEqual(applied);
  });

  it("from before deployments outlived the platform has those that were under way as failed, and their logs", async () => {
    const connection = await newDatabase();
    const old = openDatabase(connection, { connections: 1 });
    await migrate(
      old.db,
      () => new Date(),
      MIGRATIONS.filter(({ id }) => id < 38),
    );
    await old.close();
    const at = "2026-11-01T00:00:00.000Z";
    for (const [id, status] of Object.entries({ dep_1: "live", dep_2: "running", dep_3: "canceled" })) {
      const steps = [{ name: "unpack", status: "running", startedAt: at }];
      const record = { orgId: "org_1", deploymentId: id, status, steps, log: "one\ntwo\n", createdBy: "key_1" };
      const text = JSON.stringify({ ...record, createdAt: at, updatedAt: at }).replaceAll("'", "''");
      await query(connection, `insert into deployments values ('org_1', '${id}', null, '${at}', '${text}')`);
    }
    await using store = await openPostgresStore({ connection, poolSize: 1 });
    const { deployments } = store;
    expect(await deployments.unfinished(10)).toEqual([]);
    const listed = await deployments.list("org_1", { limit: 10 });
    expect(listed.map(({ deploymentId, status }) => [deploymentId, status])).toEqual([
      ["dep_3", "canceled"],
      ["dep_2", "failed"],
      ["dep_1", "live"],
    ]);
    expect(await deployments.list("org_1", { status: "failed", limit: 10 })).toHaveLength(1);
    expect(await deployments.lines("org_1", "dep_2", { after: 1, limit: 10 })).toMatchObject([{ seq: 2, text: "two" }]);
    expect(await deployments.lastLine("org_1", "dep_2")).toBe(2);
  });

  it("from before every version of a file counted counts them, and can have them collected", async () => {
    const connection = await newDatabase();
    const old = openDatabase(connection, { connections: 1 });
    await migrate(
      old.db,
      () => new Date(),
      MIGRATIONS.filter(({ id }) => id < 17),
    );
    await old.close();
    const digests = ["a", "b", "a"].map((letter) => `sha256:${letter.repeat(64)}`);
    const row = (version: number, digest = ""): string => `('o', 'f', ${version}, '${digest}', 10, 't/t', now(), 'u')`;
    const columns = "(org_id, path, version, digest, bytes, media_type, written_at, written_by)";
    const versions = digests.map((digest, i) => row(i + 1, digest)).join(", ");
    await query(connection, `insert into workspace_versions ${columns} values ${versions}`);
    await query(connection, `insert into workspace_files ${columns} values ${row(3, digests[2])}`);
    await query(connection, "insert into workspace_usage (org_id, files, bytes) values ('o', 1, 10)");
    const store = await openPostgresStore({ connection, poolSize: 1 });
    const { workspaces } = store;
    expect(await workspaces.usage("o")).toEqual({ files: 1, bytes: 20, released: 0 });
    const gone = { orgId: "o", path: "f", bytes: 0, mediaType: "t/t", at: "2026-11-29T10:00:00.000Z", by: "u" };
    await workspaces.put(gone, { keepVersions: 1 });
    expect(await workspaces.usage("o")).toEqual({ files: 0, bytes: 0, released: 20 });
    const collectable = await workspaces.collectable("2026-11-29T11:00:00.000Z", 10);
    expect(collectable.toSorted()).toEqual([...new Set(digests)].toSorted());
    await store.close();
  });

  it("from before push configurations had a host gets it from their URLs", async () => {
    const connection = await newDatabase();
    const old = openDatabase(connection, { connections: 1 });
    await migrate(
      old.db,
      () => new Date(),
      MIGRATIONS.filter(({ id }) => id < 4),
    );
    await old.close();
    const records = { plain: "https://Hook.example/a?b", port: "http://hook.example:8080", none: "" };
    for (const [id, url] of Object.entries(records)) {
      const record = JSON.stringify({ protocolVersion: "1.0", url, token: `"url":"https://elsewhere.example/` });
      await query(
        connection,
        `insert into push_configs (org_id, task_id, config_id, record, created_at, cursor, ended)
         values ('o', 't', '${id}', '${record}', now(), 1, false)`,
      );
    }
    await (await openPostgresStore({ connection })).close();
    expect(await query(connection, "select config_id, host from push_configs order by config_id")).toEqual([
      { config_id: "none", host: "" },
      { config_id: "plain", host: "hook.example" },
      { config_id: "port", host: "hook.example:8080" },
    ]);
  });

  it("that a newer program has used is refused", async () => {
    const connection = await newDatabase();
    await (await openPostgresStore({ connection })).close();
    await query(connection, "insert into berth_migrations values (1000, 'from-the-future', now())");
    await expect(openPostgresStore({ connection })).rejects.toMatchObject({
      reason: "STORE_UNAVAILABLE",
      retryable: false,
      message: expect.stringContaining("1000"),
    });
  });

  it("that cannot be reached, or refuses us, is unavailable with its cause", async () => {
    const nowhere: PostgresConnection = { host: folder, user: "berth", database: "berth" };
    await expect(openPostgresStore({ connection: nowhere })).rejects.toMatchObject({
      reason: "STORE_UNAVAILABLE",
      retryable: true,
      cause: expect.any(Error),
    });
    const { host, user } = await newDatabase();
    await expect(openPostgresStore({ connection: { host, user, database: "absent" } })).rejects.toMatchObject({
      reason: "STORE_UNAVAILABLE",
      retryable: false,
    });
  });
});

describe("two stores on one database", () => {
  let connection: Address;
  let stores: [Store, Store];
  beforeAll(async () => {
    connection = await newDatabase();
    stores = [await openPostgresStore({ connection }), await openPostgresStore({ connection })];
  });
  afterAll(async () => {
    for (const store of stores) await store.close();
  });

  it("number the tasks of an agent without gaps and never create one send twice", async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 60 }, async (_, i) => {
        const created = stores.map(
          async (store, node) => await store.tasks.create(newTask(`n${node}-${i}`, { key: `k${i}` })),
        );
        return await Promise.all(created);
      }),
    );
    const kinds = outcomes.map((pair) => pair.map((outcome) => outcome.kind).sort());
    expect(kinds).toEqual(Array.from({ length: 60 }, () => ["created", "replayed"]));
    const numbers = outcomes.map(([one]) => one?.record.agentSeq).sort((a = 0, b = 0) => a - b);
    expect(numbers).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
  });

  it("let one of two writers win each place in a log", async () => {
    await stores[0].tasks.create(newTask("contested"));
    for (let seq = 1; seq <= 20; seq++) {
      const results = await Promise.allSettled(
        stores.map(async (store) => await store.tasks.append(append("contested", seq, "n"))),
      );
      expect(results.map((result) => result.status).sort()).toEqual(["fulfilled", "rejected"]);
    }
  });

  it("lose only the writes in flight when their connections are cut", async () => {
    const [store] = stores;
    await store.tasks.create(newTask("cut"));
    await query(
      connection,
      "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()",
    );
    const attempt = async (): Promise<string> =>
      await store.tasks.append(append("cut", 1, "n")).then(
        (outcome) => outcome.kind,
        (error) => error.reason,
      );
    let outcome = await attempt();
    expect(["appended", "STORE_UNAVAILABLE"]).toContain(outcome);
    for (let i = 0; i < 10 && outcome !== "appended"; i++) outcome = await attempt();
    expect(outcome).toBe("appended");
    await store.ping();
  });
});
