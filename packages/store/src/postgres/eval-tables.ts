export interface EvalSuitesTable {
  org_id: string;
  release_id: string;
  record: string;
}

export interface EvalRunsTable {
  org_id: string;
  run_id: string;
  agent_id: string;
  release_id: string;
  suite: string;
  running: boolean;
  scored: boolean;
  started_at: string;
  summary: string;
  cases: string;
}

export interface EvalSamplesTable {
  org_id: string;
  task_id: string;
  agent_id: string;
  release_id: string;
  suite: string;
  thousandths: number | null;
  passed: boolean;
  input_tokens: number;
  output_tokens: number;
  cost_micros: number;
  at: string;
  record: string;
}

export interface EvalSamplingTable {
  org_id: string;
  next_leaf: number;
}
