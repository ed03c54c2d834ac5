import type { Generated } from "kysely";

export interface SourcesTable {
  org_id: string;
  agent_name: string;
  source_id: string;
  record: string;
}

export interface SourceMarksTable {
  source_id: string;
  mark: string;
  seq: Generated<string>;
}
