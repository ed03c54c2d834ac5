import { Kysely, PostgresDialect } from "kysely";
import type { PostgresPool, PostgresPoolClient } from "kysely";
import { DatabaseError, Pool } from "pg";
import type { PoolClient, PoolConfig } from "pg";
import { storeClosed } from "../store-closed.ts";
import type { Database } from "./schema.ts";
import { toStoreError } from "./store-error.ts";
import { parsers } from "./type-parsers.ts";

export type PostgresConnection =
  | string
  | {
      readonly host: string;
      readonly port?: number;
      readonly user: string;
      readonly password?: string;
      readonly database: string;
    };

const CONNECT_TIMEOUT_MS = 10_000;
const STATEMENT_TIMEOUT_MS = 15_000;
/** For a server that went silent: later than its own timeout, which leaves the connection usable. */
const SILENCE_TIMEOUT_MS = 20_000;
const IDLE_TIMEOUT_MS = 60_000;

/** Sent as SET and not as startup parameters, which connection poolers refuse. */
const SESSION = [
  `set statement_timeout = ${STATEMENT_TIMEOUT_MS}`,
  `set idle_in_transaction_session_timeout = ${SILENCE_TIMEOUT_MS}`,
  "set synchronous_commit = on",
  "set timezone = 'UTC'",
  "set datestyle = 'ISO'",
].join("; ");

/**
 * A prepared statement keeps the plan of its first executions. On a new database that plan reads whole tables, which are
 * empty then. So it is planned anew after this many executions, after twice as many, and so on: as the tables grow.
 */
const FIRST_REPLAN = 64;

/** A statement that is parsed and planned once per connection. Rows come as arrays of org id, task id and agent seq. */
export type Query = (statement: {
  readonly name: string;
  readonly text: string;
  readonly values: unknown[];
}) => Promise<{ readonly rows: readonly (readonly [string, string, number])[] }>;

export interface OpenDatabase {
  readonly db: Kysely<Database>;
  /** Past the query builder, for the hottest statement. Throws what the others throw. */
  readonly query: Query;
  /** Waits for the queries in flight. What comes later is refused as STORE_UNAVAILABLE. */
  close(): Promise<void>;
}

/**
 * Connects at the first query. Everything its queries throw is a PlatformError. `slow` is for migrations, which bound
 * their statements themselves.
 */
export function openDatabase(
  connection: PostgresConnection,
  options: { readonly connections: number; readonly slow?: boolean; readonly statementTimeoutMs?: number },
): OpenDatabase {
  const { statementTimeoutMs } = options;
  const session =
    statementTimeoutMs === undefined ? SESSION : `${SESSION}; set statement_timeout = ${statementTimeoutMs}`;
  const pool = new Pool({
    ...(typeof connection === "string" ? { connectionString: connection } : connection),
    max: options.connections,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    ...(options.slow === true ? {} : { query_timeout: SILENCE_TIMEOUT_MS }),
    keepAlive: true,
    application_name: "berth",
    types: parsers,
    onConnect: async (client) => {
      await client.query(session);
    },
  } satisfies PoolConfig);
  // A lost idle connection is replaced at the next query; without a listener it would end the process.
  pool.on("error", () => undefined);
  // So would one that breaks while it is in use, beside the query that fails with it.
  pool.on("connect", (client) => client.on("error", () => undefined));
  let executions = 0;
  let replanAt = FIRST_REPLAN;
  // Closed through the pool and not through Kysely, whose refusals after its end are not ours.
  return {
    db: new Kysely({ dialect: new PostgresDialect({ pool: guarded(pool) }) }),
    query: async ({ name, text, values }) => {
      if (pool.ending) throw storeClosed();
      executions += 1;
      if (executions === replanAt) {
        replanAt *= 2;
        await pool.query("discard plans").catch(rethrow);
      }
      // A pooler between us and a server of somebody else's may give each transaction another session, without our plans.
      const statement = typeof connection === "string" ? { text, values } : { name, text, values };
      return await pool.query<[string, string, number]>({ ...statement, rowMode: "array" }).catch(rethrow);
    },
    close: async () => await pool.end(),
  };
}

function guarded(pool: Pool): PostgresPool {
  return {
    options: pool.options,
    connect: async () => {
      if (pool.ending) throw storeClosed();
      return guardedClient(await pool.connect().catch(rethrow));
    },
    end: async () => await pool.end(),
  };
}

/**
 * A connection whose failure was not an answer of the server (silence, a broken socket) is closed instead of reused:
 * the driver would put the next query behind the one that hangs.
 */
function guardedClient(client: PoolClient): PostgresPoolClient {
  let broken: unknown;
  const query = async (text: string, values: readonly unknown[]): Promise<unknown> => {
    if (broken !== undefined) throw toStoreError(broken);
    try {
      return await client.query(text, [...values]);
    } catch (error) {
      if (!(error instanceof DatabaseError) || isFarewell(error)) broken = error;
      throw toStoreError(error);
    }
  };
  return {
    // Kysely calls `query` with text and values only when no cursor is configured, and none is.
    query: query as PostgresPoolClient["query"],
    release: () => client.release(broken !== undefined),
  };
}

/** The server ends the session right after these: administrator, crash, shutdown. */
function isFarewell(error: DatabaseError): boolean {
  return error.code?.startsWith("57P") === true || error.code?.startsWith("08") === true;
}

function rethrow(error: unknown): never {
  throw toStoreError(error);
}
