import { sql } from "kysely";
import type { RawBuilder } from "kysely";

type ColumnType = "text" | "int2" | "int4" | "int8" | "float8" | "bool" | "jsonb" | "timestamptz";

/** Rows as a table of a statement: one array parameter per column, so the statement has the same text for any number of rows. */
export function unnest(
  rows: readonly (readonly (string | number | boolean | null)[])[],
  types: readonly ColumnType[],
): RawBuilder<unknown> {
  const columns = types.map((type, i) => sql`${rows.map((row) => row[i])}::${sql.raw(type)}[]`);
  return sql`unnest(${sql.join(columns)})`;
}
