/** Journals and their lines; `entry` 0 is a run's own journal, those above are its refunds. */
export interface JournalsTable {
  org_id: string;
  task_id: string;
  entry: number;
  at: string;
  agent_id: string;
  release_id: string;
  principal_id: string;
  agent_name: string | null;
  skill: string | null;
  models: string | null;
  price: string | null;
  currency: string;
  amount_micros: number;
  elapsed_ms: number;
  input_tokens: number;
  output_tokens: number;
  reason: string | null;
  made_by: string | null;
}

export interface PostingsTable {
  org_id: string;
  task_id: string;
  entry: number;
  line: number;
  account: string;
  amount_micros: number;
}
