import { scriptedConfig } from "@berth/testing";
import { PlatformError } from "@berth/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openHouse, publish, textMessage } from "../gateway.fixture.ts";
import type { House, Json } from "../gateway.fixture.ts";

let house: House;
const page = { body: new TextEncoder().encode("<!doctype html>"), contentType: "text/html", etag: '"1"' };
beforeAll(async () => {
  house = await openHouse({
    gateway: { limits: { maxArchiveBytes: 1_000 }, console: (path) => (path === "/index.html" ? page : undefined) },
    override: ({ deploys }) => ({
      deploys: {
        get: async (principal, id) => await deploys.get(principal, id),
        list: async (principal, filter) => await deploys.list(principal, filter),
        follow: (principal, id, options) => deploys.follow(principal, id, options),
        cancel: async (principal, id) => await deploys.cancel(principal, id),
        text: async (principal, id) => await deploys.text(principal, id),
        lines: async (principal, id, page) => await deploys.lines(principal, id, page),
        retry: async (principal, id, options) => await deploys.retry(principal, id, options),
        start: async (principal, { source, name, trust }) => ({
          orgId: principal.orgId,
          deploymentId: `dep_${source.kind === "archive" ? source.bytes.length : source.kind}_${name}_${trust}`,
          status: "queued" as const,
          source: { kind: "archive", blob: "", bytes: 0 } as const,
          options: { trust },
          steps: [],
          principal,
          createdBy: principal.id,
          createdAt: "2026-01-01T00:00:00.000Z",
          updatedAt: "2026-01-01T00:00:00.000Z",
        }),
      },
    }),
  });
});
afterAll(async () => await house[Symbol.asyncDispose]());

describe("the platform's API", () => {
  test("says how it is, before anybody signs in", async () => {
    expect((await house.call("/healthz")).json).toEqual({ status: "ok" });
    expect((await house.call("/readyz")).json).toEqual({ status: "ready" });
    expect((await house.call("/v1/version")).json).toEqual({
      version: "0.0.0-test",
      node: process.versions.node,
      protocolVersions: ["1.0", "0.3"],
    });
  });

  test("asks for a credential, and for the scope, of every route that its document says needs one", async () => {
    const { json } = await house.call("/v1/openapi.json");
    const keys = new Map<string, string>();
    for (const scope of ["invoke", "read", "approve"] as const) keys.set(scope, await house.key(scope));
    for (const [path, methods] of Object.entries<Json>(json.paths)) {
      if (path.startsWith("/agents/")) continue;
      for (const [method, operation] of Object.entries<Json>(methods)) {
        const needsKey = operation.security.length > 0 && Object.keys(operation.security[0]).length > 0;
        const address = path.replaceAll(/\{\w+\}/g, "x");
        const anonymous = await house.call(address, { method: method.toUpperCase() });
        expect(anonymous.status === 401, `${method} ${path} ${anonymous.text}`).toBe(
          needsKey || /^\/v1\/agents\/x(?:\/connect|\/card)?$/.test(address),
        );
        const scopes: readonly string[] = operation.security.flatMap((each: Json) => each.bearer ?? []);
        if (scopes.length === 0) continue;
        const [token = ""] = [...keys].flatMap(([scope, key]) => (scopes.includes(scope) ? [] : [key]));
        const denied = await house.call(address, { method: method.toUpperCase(), token });
        expect(denied.status, `${method} ${path}`).toBe(403);
        // An answer to HEAD says no more. Each form has the reason in a place of its own: git's clients read text.
        if (method !== "head") expect(denied.text, `${method} ${path}`).toContain("PERMISSION_DENIED");
      }
    }
  });

  test("describes all of its routes in OpenAPI 3.1, each once", async () => {
    const { json } = await house.call("/v1/openapi.json");
    expect(json.openapi).toBe("3.1.0");
    const operations = Object.values<Json>(json.paths).flatMap((methods) => Object.values<Json>(methods));
    expect(operations.length).toBeGreaterThan(60);
    expect(new Set(operations.map((each) => each.operationId)).size).toBe(operations.length);
    expect(
      json.paths["/agents/{agent}/invoke/{skill}"].post.parameters.map((each: { name: string }) => each.name),
    ).toEqual(["agent", "skill", "stream", "taskId", "contextId", "Idempotency-Key", "Prefer"]);
  });

  test("shows agents to whom they are visible", async () => {
    const anonymous = await house.call("/v1/agents");
    expect(anonymous.json.agents.map((each: { name: string }) => each.name)).toEqual(["scripted"]);
    const base = `http://127.0.0.1:${house.port}/agents/scripted`;
    expect(anonymous.json.agents[0]).toMatchObject({
      kind: "deployed",
      version: "1.0.0",
      visibility: "public",
      state: "sleeping",
      trusted: false,
      instances: [],
      url: `${base}/`,
      cardUrl: `${base}/.well-known/agent-card.json`,
      mcpUrl: `${base}/mcp`,
      skills: [{ id: "echo" }],
    });
    const all = await house.call("/v1/agents?pageSize=1", { token: house.admin });
    expect(all.json.agents).toHaveLength(1);
    const next = await house.call(`/v1/agents?pageSize=1&pageToken=${encodeURIComponent(all.json.nextPageToken)}`, {
      token: house.admin,
    });
    expect(next.json.agents).toHaveLength(1);
    for (const query of [
      "kind=other",
      "pageSize=1000",
      "pageSize=x",
      `q=${"x".repeat(600)}`,
      "name=%00",
      "tag=a&".repeat(30),
    ]) {
      expect((await house.call(`/v1/agents?${query}`)).json.reason, query).toBe("INVALID_PARAMS");
    }
    expect((await house.call("/v1/agents/nobody", { token: house.admin })).json.reason).toBe("AGENT_NOT_FOUND");
  });

  test("removes agents, and lists their releases", async () => {
    await publish(house.store, "gone", { config: scriptedConfig() });
    const releases = await house.call("/v1/agents/gone/releases", { token: house.admin });
    expect(releases.json.releases).toMatchObject([{ release: "rel_gone", version: "1.0.0", active: true }]);
    expect((await house.call("/v1/agents/gone", { method: "DELETE", token: house.admin })).status).toBe(204);
    expect((await house.call("/v1/agents/gone", { token: house.admin })).status).toBe(404);
  });

  test("lists tasks with where they went, and shows one with its log", async () => {
    const token = await house.key("invoke");
    const sent = await house.rpc("SendMessage", textMessage("hello"), { agent: "hidden", token });
    const { id } = sent.json.result.task;
    const list = await house.call("/v1/tasks?agent=hidden&status=TASK_STATE_COMPLETED", { token });
    expect(list.json).toMatchObject({
      totalSize: 1,
      tasks: [{ task: { id }, agent: "hidden", release: "rel_hidden", principalId: expect.stringMatching(/^key_/) }],
    });
    const one = await house.call(`/v1/tasks/${id}`, { token });
    expect(one.json).toMatchObject({ agent: "hidden", task: { id }, seq: 7 });
    const events = await house.call(`/v1/tasks/${id}/events?after=4&limit=1`, { token });
    expect(events.json.events).toMatchObject([{ seq: 5 }]);
    expect((await house.call(`/v1/tasks/${id}`, { token: await house.key("invoke") })).status).toBe(404);
    const cancel = await house.call(`/v1/tasks/${id}/cancel`, { method: "POST", token });
    expect([cancel.status, cancel.json.reason]).toEqual([409, "TASK_NOT_CANCELABLE"]);
  });

  test("makes keys that are shown once, and revokes them at once", async () => {
    const made = await house.call("/v1/keys", {
      token: house.admin,
      body: { name: "ci", scopes: ["deploy", "read"], expiresInDays: 7 },
    });
    expect(made.status).toBe(201);
    const { key: token, id } = made.json;
    expect((await house.call("/v1/whoami", { token })).json).toMatchObject({
      kind: "api_key",
      scopes: expect.arrayContaining(["deploy", "read"]),
    });
    const list = await house.call("/v1/keys", { token: house.admin });
    expect(list.text).not.toContain(token);
    expect(list.text).not.toMatch(/hash/i);
    expect(list.json.keys).toContainEqual(expect.objectContaining({ id, name: "ci", revokedAt: null }));
    expect((await house.call(`/v1/keys/${id}`, { method: "DELETE", token: house.admin })).status).toBe(204);
    expect((await house.call("/v1/whoami", { token })).status).toBe(401);
    const wrong = await house.call("/v1/keys", {
      token: house.admin,
      body: { name: "", scopes: ["root"], expiresInDays: 0 },
    });
    expect(wrong.json.violations.map((each: { field: string }) => each.field)).toEqual([
      "name",
      "scopes",
      "expiresInDays",
    ]);
    for (const body of [
      [],
      "x",
      1,
      { name: "a", scopes: ["read", "root"] },
      { name: "a", scopes: [] },
      { name: "\u0007", scopes: ["read"] },
    ]) {
      expect(
        (await house.call("/v1/keys", { token: house.admin, body: JSON.stringify(body) })).json.reason,
        JSON.stringify(body),
      ).toBe("INVALID_PARAMS");
    }
  });

  test("takes archives of the right kind and size", async () => {
    const post = async (headers: { readonly [name: string]: string }, size = 10, query = ""): Promise<Json> =>
      (await house.call(`/v1/deployments${query}`, { token: house.admin, body: new Uint8Array(size), headers })).json;
    const gzip = { "content-type": "application/gzip" };
    expect(await post(gzip, 10, "?name=csv&trust=true")).toMatchObject({
      deploymentId: "dep_10_csv_true",
      status: "queued",
      agent: null,
    });
    expect((await post(gzip, 2_000)).reason).toBe("REQUEST_TOO_LARGE");
    expect((await post({ "content-type": "application/zip" })).reason).toBe("UNSUPPORTED_MEDIA_TYPE");
    expect((await post({ "content-type": "application/json" })).reason).toBe("PARSE_ERROR");
    expect((await post(gzip, 10, "?trust=yes")).reason).toBe("INVALID_PARAMS");
    expect((await house.call("/v1/deployments/dep_x", { token: house.admin })).json.reason).toBe(
      "DEPLOYMENT_NOT_FOUND",
    );
    expect((await house.call("/v1/deployments", { token: house.admin })).json).toEqual({ deployments: [] });
  });

  test("shows logs as a list and as a stream", async () => {
    house.printLine("one");
    const list = await house.call("/v1/agents/scripted/logs", { token: house.admin });
    expect(list.json.lines).toMatchObject([{ text: "one", stream: "stdout", release: "rel_scripted" }]);
    const live = await house.open("/v1/agents/scripted/logs?limit=1", { token: house.admin });
    expect((await live.events.next()).value).toMatchObject({ event: "log", data: { text: "one" } });
    house.printLine("two");
    expect((await live.events.next()).value?.data.text).toBe("two");
    live.close();
  });

  test("publishes receipts and the log they stand in", async () => {
    const run = await house.call("/agents/scripted/invoke/echo", { body: {} });
    const { receiptId } = run.json;
    const token = house.admin;
    const list = await house.call("/v1/receipts", { token: house.admin });
    expect(list.json.receipts[0]).toEqual({
      receiptId,
      taskId: run.json.taskId,
      leafIndex: expect.any(Number),
      sealedAt: expect.any(String),
      agent: "scripted",
      agentId: "agt_scripted",
      agentSeq: expect.any(Number),
      acceptedAt: expect.any(String),
      completedAt: expect.any(String),
    });
    const reviews = `/v1/receipts/${receiptId}/reviews`;
    const review = { verdict: "approved", notes: "as agreed" };
    const reviewed = await house.call(reviews, { token, body: review });
    expect([reviewed.status, reviewed.json]).toMatchObject([201, { receiptId, verdict: "approved" }]);
    expect((await house.call(reviews, { token, body: { ...review, verdict: "fine" } })).json.reason).toBe(
      "INVALID_PARAMS",
    );
    await house.control.receipts.flush();
    expect((await house.call(reviews, { token })).json.reviews).toMatchObject([{ receiptId, verdict: "approved" }]);
    expect((await house.call(`/v1/receipts/${receiptId}`, { token })).json.addenda).toMatchObject([
      { addendumId: reviewed.json.reviewId, kind: "review", statement: { predicate: { verdict: "approved" } } },
    ]);
    expect((await house.call(`/v1/receipts/${receiptId}`, { token })).json.envelope.payloadType).toContain("in-toto");
    expect((await house.call(`/v1/receipts/${receiptId}/bundle`, { token })).status).toBe(200);
    expect((await house.call(`/v1/receipts/${receiptId}/tlog-proof`, { token })).headers["content-type"]).toContain(
      "text/plain",
    );
    expect((await house.call("/v1/receipts/rcpt_x", { token })).json.reason).toBe("RECEIPT_NOT_FOUND");
    expect((await house.call("/v1/ledger/check", { token: house.admin })).json).toMatchObject({
      journals: 2,
      differences: [],
    });
    const checkpoint = await house.call("/ledger/checkpoint");
    expect(checkpoint.text).toMatch(/^test\.invalid\/ledger\n\d+\n/);
    const size = Number(checkpoint.text.split("\n")[1]);
    const tile = await house.call(`/ledger/tile/0/000.p/${size}`);
    expect([tile.status, tile.headers["cache-control"]]).toEqual([200, "public, max-age=31536000, immutable"]);
    for (const path of ["0/000.p/255", "99/000", "nonsense", "entries/x", ""]) {
      expect((await house.call(`/ledger/tile/${path}`)).status, path).toBe(404);
    }
    expect((await house.call("/ledger/keys")).status).toBe(200);
    expect((await house.call("/v1/doctor", { token: house.admin })).json).toEqual({
      sandbox: [],
      store: { kind: "memory", ok: true },
      ledger: { ok: true, differences: 0 },
    });
    expect((await house.call("/v1/audit?limit=5", { token: house.admin })).json.entries.length).toBeGreaterThan(0);
  });
});

describe("the console's session", () => {
  const signIn = async (headers: { readonly [name: string]: string } = {}): Promise<string> => {
    const principal = await house.control.auth.authenticate(house.admin);
    const answer = await house.call("/v1/sessions", {
      body: { code: await house.control.auth.createSignIn(principal) },
      headers,
    });
    if (answer.status !== 200) throw new PlatformError("UNAUTHENTICATED", answer.text);
    const [cookie = ""] = answer.headers["set-cookie"] ?? [];
    expect(cookie).toMatch(/^berth_session=[^;]+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+$/);
    return cookie.split(";")[0] ?? "";
  };
  const own = (): { origin: string } => ({ origin: `http://127.0.0.1:${house.port}` });

  test("reads with the cookie alone, and writes only from its own pages", async () => {
    const cookie = await signIn(own());
    expect((await house.call("/v1/keys", { headers: { cookie } })).status).toBe(200);
    const body = { name: "x", scopes: ["read"] };
    expect((await house.call("/v1/keys", { body, headers: { cookie, ...own() } })).status).toBe(201);
    expect((await house.call("/v1/keys", { body, headers: { cookie, "sec-fetch-site": "same-origin" } })).status).toBe(
      201,
    );
    for (const headers of [
      { origin: `http://evil.localhost:${house.port}` },
      { origin: "null" },
      { origin: "http://127.0.0.1:1" },
      { "sec-fetch-site": "same-site" },
      {},
    ]) {
      const refused = await house.call("/v1/keys", { body, headers: { cookie, ...headers } });
      expect([refused.status, refused.json.reason], JSON.stringify(headers)).toEqual([403, "ORIGIN_NOT_ALLOWED"]);
    }
  });

  test("is nothing on an agent's own host", async () => {
    const cookie = await signIn();
    const host = `hidden.localhost:${house.port}`;
    const answer = await house.call("/tasks", { headers: { cookie, host } });
    expect(answer.status).toBe(401);
    expect((await house.call("/agents/hidden/tasks", { headers: { cookie } })).status).toBe(200);
  });

  test("is opened by a key as well, only from our pages, and ends", async () => {
    const opened = await house.call("/v1/sessions", { method: "POST", token: house.admin });
    expect(opened.json).toMatchObject({ kind: "api_key" });
    const byBody = await house.call("/v1/sessions", { body: { key: house.admin } });
    expect(byBody.headers["set-cookie"]).toHaveLength(1);
    expect((await house.call("/v1/sessions", { body: { key: "wrong" } })).status).toBe(401);
    const cookie = (opened.headers["set-cookie"] ?? [])[0]?.split(";")[0] ?? "";
    expect((await house.call("/v1/sessions", { method: "DELETE", headers: { cookie, ...own() } })).status).toBe(204);
    const after = await house.call("/v1/whoami", { headers: { cookie } });
    expect([after.status, after.headers["set-cookie"]?.[0]]).toEqual([401, expect.stringContaining("Max-Age=0")]);
    await expect(signIn({ origin: "https://evil.example.com" })).rejects.toThrow("ORIGIN_NOT_ALLOWED");
    for (const body of [{}, { code: 1 }, [], { code: "" }])
      expect((await house.call("/v1/sessions", { body })).json.reason).toBe("INVALID_PARAMS");
    expect((await house.call("/v1/sessions", { body: { code: "wrong" } })).status).toBe(401);
  });
});

describe("the console's files", () => {
  test("come with a policy that runs nothing else", async () => {
    const answer = await house.call("/");
    expect(answer.text).toBe("<!doctype html>");
    expect(answer.headers["content-security-policy"]).toContain("default-src 'self'");
    expect(answer.headers["content-security-policy"]).toContain("frame-ancestors 'none'");
    expect(answer.headers["x-content-type-options"]).toBe("nosniff");
    expect((await house.call("/", { headers: { "if-none-match": '"1"' } })).status).toBe(304);
    expect((await house.call("/index.html", { method: "POST" })).status).toBe(404);
    expect((await house.call("/nothing.js")).json.reason).toBe("ROUTE_NOT_FOUND");
    expect((await house.call("/", { headers: { host: `scripted.localhost:${house.port}` } })).status).toBe(405);
  });
});
