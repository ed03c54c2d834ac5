import { sql } from "kysely";
import type { Migration } from "./migration.ts";

export const anchors: Migration = {
  id: 23,
  name: "anchors",
  statements: [
    sql`create table anchors (
      sink text collate "C" not null,
      size int8 not null,
      at timestamptz not null,
      checkpoint text not null,
      evidence text not null,
      primary key (sink, size)
    )`,
    sql`create index anchors_by_size on anchors (size desc, sink)`,
  ],
};
