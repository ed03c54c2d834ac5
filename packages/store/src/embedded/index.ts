export { lockHome } from "../home-lock.ts";
export type { HomeLock } from "../home-lock.ts";
export { openEmbeddedPostgres } from "./open-embedded-postgres.ts";
export type { EmbeddedPostgres, EmbeddedPostgresOptions } from "./open-embedded-postgres.ts";
