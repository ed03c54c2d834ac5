import { randomBytes } from "node:crypto";
import { madeAt } from "./platform-rows.fixture.ts";
import type { Params, Rows } from "./row.fixture.ts";
import { uniqueName } from "./world.fixture.ts";
import type { Org } from "./world.fixture.ts";

const issuer = (): object => ({
  issuer: `https://${uniqueName("issuer")}.example`,
  audiences: ["berth"],
  bindings: [{ subject: "*", role: "viewer" }],
});
const policy = (): object => ({ read: [`${uniqueName("in")}/**`] });
const hook = (): object => ({ url: `https://${uniqueName("hook")}.example/` });

const file = async (org: Org): Promise<Params> => {
  const path = uniqueName("file");
  await org.make(`/v1/workspace/files/${path}`, {
    method: "PUT",
    body: "x",
    headers: { "content-type": "application/octet-stream" },
  });
  return { path };
};
const FILE = { thing: file } as const;

const approval = async (org: Org): Promise<Params> => {
  const { house, principal, agent } = org;
  const id = `apr_${randomBytes(13).toString("hex")}`;
  await house.store.approvals.insert({
    orgId: principal.orgId,
    approvalId: id,
    taskId: await org.task(),
    agentId: `agt_${agent}`,
    agentName: agent,
    requesterId: "usr_requester",
    read: ["in/**"],
    reason: "to look",
    priorGrantId: "gr_none",
    requestedAt: new Date().toISOString(),
    expiresAt: new Date(Date.now() + 60_000).toISOString(),
    state: "pending",
  });
  return { id };
};

const grant = async ({ house, principal, agent }: Org): Promise<Params> => {
  const id = `gr_${randomBytes(13).toString("hex")}`;
  await house.store.grants.insert({
    orgId: principal.orgId,
    grantId: id,
    runId: "task_of_nobody",
    agentId: `agt_${agent}`,
    scope: { read: ["in/**"] },
    issuedAt: new Date().toISOString(),
    expiresAt: new Date(Date.now() + 60_000).toISOString(),
    runDeadline: new Date(Date.now() + 60_000).toISOString(),
  });
  return { id };
};

const client = (): object => ({ name: uniqueName("client"), redirectUris: ["https://app.example/back"] });
const secret = async (org: Org): Promise<Params> => {
  const name = `S${randomBytes(6).toString("hex").toUpperCase()}`;
  await org.make(`/v1/secrets/${name}`, { method: "PUT", body: { value: "a value of its own" } });
  return { name };
};

const provider = { kind: "openai", models: [{ name: "small" }] };
const modelEntry =
  (kind: "providers" | "aliases", body: object) =>
  async (org: Org): Promise<Params> => {
    const name = `m${randomBytes(6).toString("hex")}`;
    await org.make(`/v1/models/${kind}/${name}`, { method: "PUT", body });
    return { name };
  };

/** Routes of issuers, workspaces and approvals. */
export const AUTHORITY_ROWS: Rows = {
  "GET /v1/issuers": {},
  "POST /v1/issuers": { call: () => ({ body: issuer() }) },
  "DELETE /v1/issuers/{id}": { thing: madeAt("/v1/issuers", issuer), fresh: true },
  "GET /workload/.well-known/openid-configuration": {},
  "GET /workload/jwks.json": {},
  "GET /v1/workspace/files": {},
  "GET /v1/workspace/files/{path...}": FILE,
  "PUT /v1/workspace/files/{path...}": {
    fixed: { path: "written" },
    call: () => ({ method: "PUT", body: "x", headers: { "content-type": "application/octet-stream" } }),
  },
  "DELETE /v1/workspace/files/{path...}": { ...FILE, fresh: true },
  "GET /v1/workspace/usage": {},
  "GET /v1/workspace/history/{path...}": FILE,
  "GET /v1/workspace/diff/{path...}": { ...FILE, query: "from=1&to=1" },
  "GET /v1/usage": {},
  "GET /v1/statements/{month}": { fixed: { month: "2026-11" } },
  "GET /v1/journals": {},
  "GET /v1/limits": {},
  "PUT /v1/limits": { call: () => ({ method: "PUT", body: { rules: [] } }) },
  "GET /v1/limits/usage": {},
  "GET /v1/clients": {},
  "POST /v1/clients": { call: () => ({ body: client() }) },
  "DELETE /v1/clients/{id}": { thing: madeAt("/v1/clients", client), fresh: true },
  "GET /v1/models": {},
  "PUT /v1/models/providers/{name}": { fixed: { name: "written" }, call: () => ({ method: "PUT", body: provider }) },
  "DELETE /v1/models/providers/{name}": { thing: modelEntry("providers", provider), fresh: true },
  "PUT /v1/models/aliases/{name}": {
    fixed: { name: "written" },
    call: () => ({ method: "PUT", body: { models: ["written/small"] } }),
  },
  "DELETE /v1/models/aliases/{name}": { thing: modelEntry("aliases", { models: ["written/small"] }), fresh: true },
  "GET /v1/secrets": {},
  "PUT /v1/secrets/{name}": {
    fixed: { name: "WRITTEN" },
    call: () => ({ method: "PUT", body: { value: "a value of its own" } }),
  },
  "DELETE /v1/secrets/{name}": { thing: secret, fresh: true },
  "GET /v1/grants": {},
  "DELETE /v1/grants/{id}": { thing: grant, fresh: true },
  "GET /v1/approvals": {},
  "GET /v1/approvals/{id}": { thing: approval },
  "POST /v1/approvals/{id}/decision": {
    thing: approval,
    fresh: true,
    call: () => ({ body: { decision: "deny" } }),
    after: ["APPROVAL_DECIDED"],
  },
  "GET /v1/approval-policies": {},
  "POST /v1/approval-policies": { call: () => ({ body: policy() }) },
  "DELETE /v1/approval-policies/{id}": { thing: madeAt("/v1/approval-policies", policy), fresh: true },
  "GET /v1/approval-hooks": {},
  "POST /v1/approval-hooks": { call: () => ({ body: hook() }) },
  "DELETE /v1/approval-hooks/{id}": { thing: madeAt("/v1/approval-hooks", hook), fresh: true },
  "GET /.well-known/oauth-protected-resource/agents/{name}": { fixed: { name: "hidden" }, after: ["ROUTE_NOT_FOUND"] },
  "GET /.well-known/oauth-protected-resource/agents/{name}/mcp": {
    fixed: { name: "hidden" },
    after: ["ROUTE_NOT_FOUND"],
  },
};

/** The same of every agent. */
export const AGENT_AUTHORITY_ROWS: Rows = {
  "GET /.well-known/oauth-protected-resource": { fixed: { agent: "hidden" }, after: ["ROUTE_NOT_FOUND"] },
  "GET /.well-known/oauth-protected-resource/mcp": { fixed: { agent: "hidden" }, after: ["ROUTE_NOT_FOUND"] },
};
