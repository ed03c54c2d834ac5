import { DEFAULT_ORG_ID } from "@berth/protocol";
import { sql } from "kysely";
import type { Migration } from "./migration.ts";

export const identities: Migration = {
  id: 12,
  name: "identities",
  statements: [
    sql`create table organizations (
      org_id text collate "C" primary key,
      name text not null,
      created_at timestamptz not null
    )`,
    sql`insert into organizations values (${sql.lit(DEFAULT_ORG_ID)}, 'Default', 'epoch')`,
    sql`create table users (
      user_id text collate "C" primary key,
      email text collate "C" not null unique,
      name text not null,
      password_hash text,
      created_at timestamptz not null
    )`,
    sql`create table user_identities (
      identity text collate "C" primary key,
      user_id text collate "C" not null references users on delete cascade
    )`,
    sql`create index identities_of_user on user_identities (user_id)`,
    sql`create table memberships (
      org_id text collate "C" not null references organizations,
      user_id text collate "C" not null references users,
      role text not null,
      created_at timestamptz not null,
      disabled_at timestamptz,
      primary key (org_id, user_id)
    )`,
    sql`create index memberships_of_user on memberships (user_id)`,
    sql`create table sessions (
      session_id text collate "C" primary key,
      token_hash text collate "C" not null unique,
      purpose text not null,
      org_id text collate "C" not null,
      principal_id text collate "C" not null,
      created_at timestamptz not null,
      last_used_at timestamptz not null,
      expires_at timestamptz not null,
      user_agent text
    )`,
    sql`create index sessions_of_principal on sessions (principal_id, created_at desc, session_id desc)`,
    sql`create index sessions_by_expiry on sessions (expires_at)`,
    sql`create table issuers (
      org_id text collate "C" not null,
      issuer_id text collate "C" not null unique,
      created_at timestamptz not null,
      record text not null,
      primary key (org_id, issuer_id)
    )`,
    sql`alter table api_keys add column created_by text collate "C", add column agents text[], add column cidrs text[]`,
  ],
};
