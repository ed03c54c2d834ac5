import type { MemorySpaceState } from "../memory-item-store.ts";

export interface MemorySpacesTable {
  org_id: string;
  agent_id: string;
  owner: string;
  model: string;
  revision: number;
  floor: number;
  items: number;
  bytes: number;
}

export interface MemoryItemsTable {
  org_id: string;
  item_id: string;
  agent_id: string;
  owner: string;
  revision: number;
  key: string | null;
  digest: string;
  bytes: number;
  expires_at: string | null;
  removed_at: string | null;
  record: string;
}

export interface MemoryVectorsTable {
  org_id: string;
  item_id: string;
  model: string;
  bytes: Uint8Array;
}

export function toSpaceState({ org_id, agent_id, ...rest }: MemorySpacesTable): MemorySpaceState {
  return { orgId: org_id, agentId: agent_id, ...rest };
}
