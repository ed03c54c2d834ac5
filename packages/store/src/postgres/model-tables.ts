/** Providers of models and aliases; `record` is the whole entry as JSON. */
export interface ModelEntriesTable {
  org_id: string;
  kind: string;
  name: string;
  record: string;
}
