import { PlatformError } from "@berth/protocol";
import { Client } from "pg";
import { DATABASE, connectionOf } from "./server-settings.ts";

const PROBE_TIMEOUT_MS = 5000;

/** True when the server behind these sockets answers and serves this data folder. */
export async function answers(sockets: string, data: string): Promise<boolean> {
  return await withClient(sockets, async (client) => {
    const { rows } = await client.query<{ data_directory: string }>("show data_directory");
    return rows[0]?.data_directory === data;
  }).catch(() => false);
}

export async function ensureDatabase(sockets: string): Promise<void> {
  try {
    await withClient(sockets, async (client) => {
      const { rowCount } = await client.query("select from pg_database where datname = $1", [DATABASE]);
      if (rowCount === 0) await client.query(`create database ${DATABASE}`);
    });
  } catch (error) {
    throw new PlatformError("STORE_UNAVAILABLE", "The embedded PostgreSQL does not answer.", { cause: error });
  }
}

async function withClient<T>(sockets: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({
    ...connectionOf(sockets),
    // Exists in every server, also before ours is created.
    database: "postgres",
    connectionTimeoutMillis: PROBE_TIMEOUT_MS,
    query_timeout: PROBE_TIMEOUT_MS,
  });
  // A connection that breaks after its answer has nobody left to tell.
  client.on("error", () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}
