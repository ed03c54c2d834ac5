/** `record` is the whole entry as JSON. */
export interface TargetsTable {
  org_id: string;
  name: string;
  record: string;
}

export interface TargetPlacementsTable {
  org_id: string;
  release_id: string;
  agent_id: string;
  target: string;
  created_at: string;
  record: string;
}

export interface ReleaseConformanceTable {
  org_id: string;
  release_id: string;
  record: string;
}
