import type { MembershipRecord, SessionRecord } from "../identity-store.ts";

export interface OrganizationsTable {
  org_id: string;
  name: string;
  created_at: string;
}

export interface UsersTable {
  user_id: string;
  email: string;
  name: string;
  password_hash: string | null;
  created_at: string;
}

export interface UserIdentitiesTable {
  identity: string;
  user_id: string;
}

export interface MembershipsTable {
  org_id: string;
  user_id: string;
  role: MembershipRecord["role"];
  created_at: string;
  disabled_at: string | null;
}

export interface SessionsTable {
  session_id: string;
  token_hash: string;
  purpose: SessionRecord["purpose"];
  org_id: string;
  principal_id: string;
  created_at: string;
  last_used_at: string;
  expires_at: string;
  user_agent: string | null;
  app_agent: string | null;
  app_release: string | null;
  parent_hash: string | null;
}

export interface OAuthRecordsTable {
  kind: string;
  record_id: string;
  body: string;
  grant_id: string | null;
  user_code: string | null;
  uid: string | null;
  expires_at: string | null;
  consumed_at: string | null;
}

export interface UsedTokensTable {
  token_hash: string;
  expires_at: string;
}

export interface IssuersTable {
  org_id: string;
  issuer_id: string;
  created_at: string;
  record: string;
}
