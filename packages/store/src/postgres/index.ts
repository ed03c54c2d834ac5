export type { PostgresConnection } from "./open-database.ts";
export { openPostgresStore } from "./open-postgres-store.ts";
export type { PostgresStoreOptions } from "./open-postgres-store.ts";
