import { randomBytes } from "node:crypto";
import { textMessage } from "../gateway.fixture.ts";
import type { CallOptions } from "../gateway.fixture.ts";
import type { Params, Row, Rows } from "./row.fixture.ts";
import { uniqueName } from "./world.fixture.ts";
import type { Org } from "./world.fixture.ts";

const json = (body: unknown): (() => CallOptions) => {
  return () => ({ body });
};
const post = (): CallOptions => ({ method: "POST" });

const agent = async (org: Org): Promise<Params> => ({ name: org.agent });
const newAgent = async (org: Org): Promise<Params> => {
  const name = uniqueName("agent");
  await org.publish(name);
  return { name };
};
const task = async (org: Org): Promise<Params> => ({ id: await org.task() });
const receipt = async (org: Org): Promise<Params> => {
  const found = await org.house.control.receipts.forTask(org.principal, await org.task());
  return { id: found.receiptId };
};
const deployment = async ({ house, principal }: Org): Promise<Params> => {
  const id = `dep_${randomBytes(13).toString("hex")}`;
  const at = new Date().toISOString();
  await house.store.deployments.save({
    orgId: principal.orgId,
    deploymentId: id,
    status: "live",
    source: { kind: "archive", blob: "", bytes: 0 },
    options: { trust: false },
    steps: [],
    principal,
    createdBy: principal.id,
    createdAt: at,
    updatedAt: at,
  });
  return { id };
};
const released = async (org: Org): Promise<Params> => ({ name: org.agent, release: `rel_${org.agent}` });
/** An agent that has a suite. */
const evaluated = async ({ house, principal, agent: name }: Org): Promise<Params> => {
  const found = await house.store.agents.find(principal.orgId, name);
  const cases = [{ id: "one", input: "x", scorers: [{ type: "contains", text: "x" }] }] as const;
  const suite = { name: "basics", skill: "echo", threshold: "1", timeoutSeconds: 10, cases };
  await house.store.evals.saveSuites(principal.orgId, found?.release.releaseId ?? "", [suite]);
  return { name };
};
/** One that is over. */
const evalRun = async ({ house, principal, agent: name }: Org): Promise<Params> => {
  const found = await house.store.agents.find(principal.orgId, name);
  const id = `eval_${randomBytes(13).toString("hex")}`;
  await house.store.evals.saveRun({
    orgId: principal.orgId,
    runId: id,
    agentId: found?.agent.agentId ?? "",
    releaseId: found?.release.releaseId ?? "",
    suite: "basics",
    status: "passed",
    threshold: "1",
    total: 0,
    cases: [],
    score: "1.000",
    startedBy: principal.id,
    startedAt: new Date().toISOString(),
  });
  return { name, id };
};
const auditEntry = async ({ house, principal }: Org): Promise<Params> => {
  const { orgId, id: actor } = principal;
  const act = { action: "test.act", resource: "matrix", outcome: "ok" } as const;
  const { auditId } = await house.store.audit.append({ orgId, at: new Date().toISOString(), actor, ...act });
  await house.control.receipts.flush();
  return { id: auditId };
};
/** One that was given up. */
const delivery = async (org: Org): Promise<Params> => {
  const { house, principal } = org;
  const taskId = await org.task();
  const { push } = house.store;
  const at = new Date().toISOString();
  const leaseUntil = new Date(Date.now() + 60_000).toISOString();
  const deliveryId = `dlv_${randomBytes(13).toString("hex")}`;
  const address = { orgId: principal.orgId, taskId, configId: "c" };
  await push.save({ ...address, protocolVersion: "1.0", url: "https://x.example", createdAt: at, cursor: 0 });
  const leases = await push.claim({ leaseId: deliveryId, now: at, leaseUntil, limit: 100, perHost: 100 });
  const lease = leases.find(({ config }) => config.taskId === taskId);
  if (lease === undefined) throw new Error("the configuration that was just saved is not there");
  await push.plan(lease, { cursor: 1, deliveries: [{ deliveryId, seq: 1 }], ended: true, at });
  await push.settle(lease, { deliveryId, state: "dead", attempts: 1, at, leaseUntil });
  for (const each of leases) await push.release(each);
  return { id: deliveryId };
};
const user = async ({ house, principal }: Org): Promise<Params> => {
  const email = `${uniqueName("user")}@example.com`;
  return { id: (await house.control.users.add(principal, { email, role: "viewer" })).user.userId };
};
const webhook = async (org: Org): Promise<Params> => {
  const { json: made } = await org.make(`/v1/agents/${org.agent}/webhooks`, { body: { skill: "echo" } });
  return { id: made.id };
};

const connectedAgent = async (org: Org): Promise<Params> => {
  const body = { url: "https://forge.example/a/b.git" };
  await org.make(`/v1/agents/${org.agent}/source`, { method: "PUT", body });
  return { name: org.agent };
};
const packed = (service: string) => (): CallOptions => ({
  method: "POST",
  headers: { "content-type": `application/x-git-${service}-pack-request` },
  body: "0009done\n",
});

/** A thing that its own route makes, and whose id is in the answer. */
export const madeAt = (path: string, body: () => unknown, id = "id"): NonNullable<Row["thing"]> => {
  return async (org) => ({ id: (await org.make(path, { body: body() })).json[id] });
};

const PUBLIC: Row = {};
const TASK: Row = { access: "task", why: "one's own tasks need no right", thing: task };
const CANCEL: Row = { ...TASK, access: "task_owner", any: "task.cancel_any", why: "one's own, or task.cancel_any" };
const RECEIPT: Row = { access: "task", why: "a receipt is as visible as its task", thing: receipt };
const VISIBLE: Row = { access: "signed_in", why: "members see their agents, nobody sees public ones", thing: agent };

/** Routes of the platform itself, users and keys. Every route has a row; one without says nothing of its own. */
export const PLATFORM_ROWS: Rows = {
  "GET /healthz": PUBLIC,
  "GET /readyz": PUBLIC,
  "GET /v1/version": PUBLIC,
  "GET /v1/whoami": {},
  "GET /v1/doctor": {},
  "GET /v1/audit": {},
  "GET /v1/audit/{id}/proof": { thing: auditEntry },
  "GET /v1/agents": { access: "everybody", why: "everybody may list what they may see" },
  "GET /v1/agents/{name}": VISIBLE,
  "GET /v1/agents/{name}/connect": VISIBLE,
  "GET /v1/agents/{name}/card": VISIBLE,
  "DELETE /v1/agents/{name}": { thing: newAgent, fresh: true },
  "GET /v1/agents/{name}/releases": { thing: agent },
  "GET /v1/agents/{name}/releases/{release}/distribution": { thing: released },
  "GET /v1/agents/{name}/releases/{release}/distribution/sbom": { thing: released, after: ["IMAGE_NOT_FOUND"] },
  "GET /v1/agents/{name}/releases/{release}/distribution/provenance": { thing: released, after: ["IMAGE_NOT_FOUND"] },
  "GET /v1/agents/{name}/releases/{release}/distribution/card": { thing: released },
  "GET /v1/agents/{name}/releases/{release}/distribution/docs": { thing: released },
  "GET /v1/agents/{name}/history": { thing: agent },
  "GET /v1/agents/{name}/changes": { thing: agent, query: "from=rel_hidden&to=rel_hidden" },
  "GET /v1/agents/{name}/dependents": { thing: agent },
  "POST /v1/agents/{name}/conformance": { thing: agent, call: post },
  "GET /v1/agents/{name}/traffic": { thing: agent },
  "PUT /v1/agents/{name}/traffic": {
    thing: agent,
    call: ({ name }) => ({ method: "PUT", body: { shares: [{ release: `rel_${name}`, percent: 100 }] } }),
  },
  "POST /v1/agents/{name}/promote": { thing: agent, call: ({ name }) => ({ body: { release: `rel_${name}` } }) },
  "POST /v1/agents/{name}/rollback": { thing: agent, call: ({ name }) => ({ body: { release: `rel_${name}` } }) },
  "GET /v1/agents/{name}/logs": { thing: agent },
  "GET /v1/agents/{name}/wakes": { thing: agent },
  "GET /v1/memory/{name}/spaces": { thing: agent },
  "GET /v1/memory/{name}/items": { thing: agent },
  "POST /v1/memory/{name}/items": { thing: agent, call: json({ text: "x" }) },
  "POST /v1/memory/{name}/search": { thing: agent, call: json({ query: "x" }) },
  "POST /v1/memory/{name}/delete": { thing: agent, call: json({ key: "none" }) },
  "GET /v1/agents/{name}/evals": { thing: agent },
  "POST /v1/agents/{name}/evals/runs": { thing: evaluated, call: json({}), after: ["RATE_LIMITED"] },
  "GET /v1/agents/{name}/evals/runs": { thing: agent },
  "GET /v1/agents/{name}/evals/runs/{id}": { thing: evalRun },
  "POST /v1/agents/{name}/evals/runs/{id}/cancel": { thing: evalRun, call: post },
  "GET /v1/agents/{name}/evals/samples": { thing: agent },
  "POST /v1/agents/import": { call: json({ url: "https://agent.example" }), after: ["AGENT_UNRESPONSIVE"] },
  "POST /v1/agents/{name}/refresh": { thing: agent, call: post, after: ["UNSUPPORTED_OPERATION", "INVALID_PARAMS"] },
  "POST /v1/agents/{name}/accept-card": {
    thing: agent,
    call: json({}),
    after: ["UNSUPPORTED_OPERATION", "INVALID_PARAMS"],
  },
  "POST /v1/deployments": {
    call: () => ({ body: "no archive", headers: { "content-type": "application/gzip" } }),
  },
  "GET /v1/deployments": {},
  "GET /v1/deployments/{id}": { thing: deployment },
  "DELETE /v1/deployments/{id}": { thing: deployment },
  "GET /v1/deployments/{id}/events": { thing: deployment },
  "GET /v1/deployments/{id}/log": { thing: deployment },
  "POST /v1/deployments/{id}/retry": { thing: deployment, call: json({}), after: ["SOURCE_FAILED"] },
  // Asked for without an upgrade, which is refused once the right to ask was there.
  "GET /v1/attach": { after: ["INVALID_REQUEST"] },
  "GET /v1/tasks": {},
  "GET /v1/tasks/{id}": TASK,
  "GET /v1/tasks/{id}/events": TASK,
  "GET /v1/tasks/{id}/deliveries": TASK,
  "POST /v1/tasks/{id}/cancel": { ...CANCEL, call: post, after: ["TASK_NOT_CANCELABLE"] },
  "POST /v1/deliveries/{id}/retry": {
    access: "task_owner",
    any: "delivery.retry_any",
    why: "of one's own tasks, or delivery.retry_any",
    thing: delivery,
    fresh: true,
    call: post,
  },
  "GET /v1/keys": {},
  "POST /v1/keys": { call: json({ name: "x", scopes: ["invoke"] }) },
  "DELETE /v1/keys/{id}": {
    thing: madeAt("/v1/keys", () => ({ name: "x", scopes: ["invoke"] })),
    fresh: true,
  },
  "POST /ledger/witness/add-checkpoint": { call: () => ({ body: "none" }), after: ["INVALID_PARAMS"] },
  "GET /v1/ledger/witness/logs": {},
  "POST /v1/ledger/witness/logs": { call: json({ vkey: "none" }), after: ["INVALID_PARAMS"] },
  "POST /v1/ledger/witness/logs/remove": { call: json({ origin: "none" }), after: ["KEY_NOT_FOUND"] },
  "GET /v1/ledger/witnesses": {},
  "POST /v1/ledger/witnesses": { call: json({ vkey: "none", url: "x" }), after: ["INVALID_PARAMS"] },
  "POST /v1/ledger/witnesses/remove": { call: json({ vkey: "none" }), after: ["KEY_NOT_FOUND"] },
  "GET /v1/ledger/keys": {},
  "POST /v1/ledger/checkpoints": { call: () => ({ body: "none" }), after: ["INVALID_PARAMS"] },
  "POST /v1/ledger/keys/rotate": { call: json({ role: "cp" }) },
  "POST /v1/ledger/keys/revoke": { call: json({ keyId: "cp:none" }), after: ["KEY_NOT_FOUND"] },
  "GET /v1/card-keys": {},
  "POST /v1/card-keys/rotate": { call: json({}) },
  "GET /v1/receipts": {},
  "GET /v1/receipts/{id}": RECEIPT,
  "POST /v1/receipts/{id}/refunds": {
    thing: receipt,
    call: () => ({ method: "POST", body: { reason: "too late" } }),
    after: ["INVALID_PARAMS"],
  },
  "GET /v1/receipts/{id}/reviews": RECEIPT,
  "POST /v1/receipts/{id}/reviews": {
    thing: receipt,
    call: () => ({ method: "POST", body: { verdict: "approved", notes: "as agreed" } }),
  },
  "POST /v1/receipts/{id}/erase": {
    thing: receipt,
    call: () => ({ method: "POST", body: { reason: "asked to" } }),
  },
  "GET /v1/receipts/{id}/bundle": RECEIPT,
  "GET /v1/receipts/{id}/tlog-proof": RECEIPT,
  "GET /v1/ledger/check": {},
  "POST /v1/sessions": {
    access: "everybody",
    why: "it is where one shows a credential",
    call: json({ code: "x" }),
    after: ["UNAUTHENTICATED"],
  },
  "DELETE /v1/sessions": PUBLIC,
  "GET /v1/sessions": {},
  "GET /v1/app-sessions/start": { ...PUBLIC, query: `agent=hidden&to=/app/&challenge=${"c".repeat(43)}` },
  "DELETE /v1/sessions/{id}": {
    access: "maker",
    why: "sessions are their owner's alone",
    thing: async ({ house, principal }) => {
      const id = `ses_${randomBytes(13).toString("hex")}`;
      const at = new Date().toISOString();
      const expiresAt = new Date(Date.now() + 60_000).toISOString();
      const times = { createdAt: at, lastUsedAt: at, expiresAt };
      const owner = { orgId: principal.orgId, principalId: "usr_elsewhere" };
      await house.store.identity.insertSession({
        purpose: "session",
        sessionId: id,
        tokenHash: id,
        ...owner,
        ...times,
      });
      return { id };
    },
  },
  "POST /v1/sessions/organization": {
    access: "signed_in",
    why: "only with the session's cookie, which no caller here sends",
    call: json({ orgId: "org_default" }),
    after: ["PERMISSION_DENIED"],
  },
  "POST /v1/password": {
    access: "signed_in",
    why: "one's own; keys have none",
    call: json({ password: "short" }),
    after: ["INVALID_PARAMS", "PERMISSION_DENIED"],
  },
  "GET /v1/users": {},
  "POST /v1/users": { call: () => ({ body: { email: `${uniqueName("new")}@example.com`, role: "viewer" } }) },
  "POST /v1/users/{id}/role": { thing: user, call: json({ role: "invoker" }) },
  "POST /v1/users/{id}/disable": { thing: user, call: post },
  "POST /v1/users/{id}/enable": { thing: user, call: post },
  "POST /v1/users/{id}/code": { thing: user, call: post },
  "DELETE /v1/users/{id}": { thing: user, fresh: true },
  "GET /v1/organizations": {},
  "POST /v1/organizations": { call: () => ({ body: { name: "New", owner: `${uniqueName("owner")}@example.com` } }) },
  "POST /v1/organizations/{id}/name": {
    thing: async ({ principal }) => ({ id: principal.orgId }),
    call: json({ name: "Renamed" }),
  },
  "GET /ledger/checkpoint": PUBLIC,
  "GET /ledger/keys": PUBLIC,
  "GET /ledger/consistency": PUBLIC,
  "GET /ledger/anchors": PUBLIC,
  "GET /ledger/tile/{path...}": { fixed: { path: "0/000.p/1" }, after: ["ROUTE_NOT_FOUND"] },
  "POST /v1/agents/{name}/webhooks": {
    thing: agent,
    call: json({ skill: "echo" }),
  },
  "GET /v1/agents/{name}/webhooks": { thing: agent },
  "DELETE /v1/agents/{name}/webhooks/{id}": {
    access: "maker_or_admin",
    why: "of one's own webhooks, of all for administrators",
    thing: webhook,
    fresh: true,
    fixed: { name: "hidden" },
  },
  "POST /hooks/{id}": {
    access: "everybody",
    why: "the signature is the credential, whoever sends it",
    fixed: { id: "hook_none" },
    call: json({}),
    after: ["WEBHOOK_NOT_FOUND"],
  },
  "PUT /v1/agents/{name}/source": {
    fixed: { name: "not-yet" },
    call: json({ url: "https://forge.example/a/b.git" }),
  },
  "GET /v1/agents/{name}/source": { thing: connectedAgent },
  "POST /v1/agents/{name}/source/rotate": { thing: connectedAgent },
  "DELETE /v1/agents/{name}/source": { thing: connectedAgent, fresh: true },
  "POST /v1/hooks/git/{id}": {
    access: "everybody",
    why: "the signature is the credential, whoever sends it",
    fixed: { id: "src_none" },
    call: json({}),
    after: ["WEBHOOK_NOT_FOUND"],
  },
  "GET /git/{name}.git/info/refs": {
    fixed: { name: "never-pushed" },
    query: "service=git-upload-pack",
    after: ["AGENT_NOT_FOUND"],
  },
  "POST /git/{name}.git/git-upload-pack": {
    fixed: { name: "never-pushed" },
    call: packed("upload"),
    after: ["AGENT_NOT_FOUND"],
  },
  "POST /git/{name}.git/git-receive-pack": {
    access: "agent.deploy",
    why: "what is pushed is deployed",
    fixed: { name: "never-pushed" },
    call: packed("receive"),
    after: ["INVALID_REQUEST"],
  },
  "POST /a2a": {
    access: "agent.invoke",
    why: "as the agent that the body names",
    thing: async (org) => ({ tenant: org.agent }),
    call: ({ tenant }) => ({
      body: { jsonrpc: "2.0", id: 1, method: "SendMessage", params: { tenant, ...textMessage("x") } },
    }),
  },
  "GET /.well-known/jwks.json": PUBLIC,
  "GET /mcp": {
    access: "everybody",
    why: "a stream of a session; without one there is nothing to hear",
    after: ["METHOD_NOT_FOUND"],
  },
  "POST /mcp": {
    access: "everybody",
    why: "the tools of what one may see",
    call: json({ jsonrpc: "2.0", id: 1, method: "tools/list", params: {} }),
    after: ["INVALID_PARAMS", "INVALID_REQUEST"],
  },
  "GET /v1/openapi.json": PUBLIC,
  "GET /llms.txt": PUBLIC,
};
