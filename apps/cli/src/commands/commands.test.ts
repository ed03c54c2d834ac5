import { describe, expect, test } from "vitest";
import { refusal } from "../testing/fake-platform.ts";
import { runAgainst } from "../testing/run.ts";

const HOSTILE = "\u001b]0;owned\u0007\u001b[31mred";

const echo = {
  name: "echo",
  agentId: "agt_1",
  kind: "deployed",
  description: `Echoes. ${HOSTILE}`,
  version: "1.0.0",
  release: "rel_1",
  visibility: "public",
  tags: ["example"],
  skills: [{ id: "echo", name: "Echo", description: "Says it", tags: [], inputSchema: { properties: { text: {} } } }],
  url: "http://echo.localhost:4100/",
  cardUrl: "http://echo.localhost:4100/.well-known/agent-card.json",
  mcpUrl: "http://echo.localhost:4100/mcp",
  state: "ready",
  trusted: false,
  instances: [
    { instanceId: "ins_1", release: "rel_1", state: "ready", activeCalls: 0, startedAt: "2026-11-29T10:00:00Z" },
  ],
  createdAt: "2026-11-29T10:00:00Z",
  updatedAt: "2026-11-29T10:00:00Z",
};

const task = { id: "task_1", contextId: "ctx_1", status: { state: "TASK_STATE_COMPLETED" }, artifacts: [] };
const info = { task, agent: "echo", release: "rel_1", principalId: "key_1", createdAt: "2026-11-29T10:00:00Z" };

describe("agents", () => {
  const pages = {
    "GET /v1/agents": ({ path }: { path: string }) => ({
      json: path.includes("pageToken")
        ? { agents: [{ ...echo, name: "second" }] }
        : { agents: [echo], nextPageToken: "p2" },
    }),
  };

  test("list gathers all pages, as JSON and as a table", async () => {
    const { code, io, requests } = await runAgainst(pages, [
      "agents",
      "list",
      "--tag",
      "a",
      "--tag",
      "b",
      "--query",
      "x",
      "--json",
    ]);
    expect(code).toBe(0);
    expect(io.document()).toEqual({ agents: [echo, { ...echo, name: "second" }] });
    expect(requests[0]).toMatchObject({ path: "/v1/agents?tag=a&tag=b&q=x&pageSize=100", token: "key" });
    const people = await runAgainst(pages, ["agents"]);
    expect(people.io.out()).toMatch(/^NAME {4}KIND {6}VERSION.*\necho {4}deployed {2}1\.0\.0 {4}ready.*\nsecond/);
  });

  test("show has the skills with their fields, and nothing that moves the cursor", async () => {
    const routes = { "GET /v1/agents/echo": { json: echo } };
    expect((await runAgainst(routes, ["agents", "show", "echo", "--json"])).io.document()).toEqual(echo);
    const { io } = await runAgainst(routes, ["agents", "show", "echo"]);
    expect(io.out()).toContain("echo {text}  Says it");
    expect(io.out()).not.toContain("\u001b");
  });

  test("remove asks a person, and takes a script's word", async () => {
    const routes = { "GET /v1/agents/echo": { json: echo }, "DELETE /v1/agents/echo": { status: 204 } } as const;
    const script = await runAgainst(routes, ["agents", "remove", "echo", "--json"]);
    expect([script.code, script.io.document()]).toEqual([0, { agent: "echo", removed: true }]);
    const no = await runAgainst(routes, ["agents", "remove", "echo"], { tty: true, input: "n\n" });
    expect([no.code, no.requests.length]).toEqual([1, 1]);
    const yes = await runAgainst(routes, ["agents", "remove", "echo"], { tty: true, input: "y\n" });
    expect([yes.code, yes.requests.at(-1)?.method]).toEqual([0, "DELETE"]);
  });

  test("an agent that is not there is exit code 4 with a way to find those that are", async () => {
    const routes = { "GET /v1/agents/nope": refusal(404, "AGENT_NOT_FOUND", "There is no agent nope.") };
    const { code, io } = await runAgainst(routes, ["agents", "show", "nope"]);
    expect([code, io.err()]).toEqual([
      4,
      "error: There is no agent nope. `a2a agents list` shows the agents there are.\n",
    ]);
  });
});

describe("tasks", () => {
  test("list filters by agent and state, up to a limit", async () => {
    const routes = { "GET /v1/tasks": { json: { tasks: [info], nextPageToken: "", totalSize: 7 } } };
    const { io, requests } = await runAgainst(routes, [
      "tasks",
      "list",
      "--agent",
      "echo",
      "--state",
      "input-required",
      "--limit",
      "3",
      "--json",
    ]);
    expect(io.document()).toEqual({ tasks: [info], totalSize: 7 });
    expect(requests[0]?.path).toBe("/v1/tasks?agent=echo&status=TASK_STATE_INPUT_REQUIRED&pageSize=3");
    expect((await runAgainst(routes, ["tasks"])).io.out()).toMatch(/TASK .*\ntask_1 {2}echo {3}completed/);
  });

  test("a state that is none is wrong usage", async () => {
    const { code, io } = await runAgainst({}, ["tasks", "--state", "fialed"]);
    expect([code, io.err()]).toEqual([2, 'error: "fialed" is no state of a task. Did you mean failed?\n']);
  });

  test("show has the output", async () => {
    const parts = [{ data: { text: "hi" } }];
    const shown = { ...info, task: { ...task, artifacts: [{ artifactId: "output", parts }] }, seq: 4 };
    const routes = { "GET /v1/tasks/task_1": { json: shown } };
    expect((await runAgainst(routes, ["tasks", "show", "task_1", "--json"])).io.document()).toEqual(shown);
    expect((await runAgainst(routes, ["tasks", "show", "task_1"])).io.out()).toContain('"text": "hi"');
  });

  test("cancel tells the state", async () => {
    const canceled = { ...task, status: { state: "TASK_STATE_CANCELED" } };
    const routes = { "POST /v1/tasks/task_1/cancel": { json: { task: canceled } } };
    expect((await runAgainst(routes, ["tasks", "cancel", "task_1", "--json"])).io.document()).toEqual({
      task: canceled,
    });
    expect((await runAgainst(routes, ["tasks", "cancel", "task_1"])).io.out()).toBe("task_1 is canceled.\n");
  });

  test("events are shown in a line each, of every kind", async () => {
    const at = "2026-11-29T10:00:00.000Z";
    const message = { messageId: "m", role: "ROLE_AGENT", parts: [{ text: HOSTILE }] };
    const principal = { kind: "api_key", id: "key_1" };
    const accepted = {
      kind: "accepted",
      orgId: "o",
      agentId: "a",
      agentName: "echo",
      releaseId: "r",
      contextId: "c",
      protocol: "a2a",
      principal,
    };
    const bodies = [
      { ...accepted, message },
      { kind: "instance", instanceId: "ins_1", phase: "assigned" },
      { kind: "upstream", taskId: "up_1" },
      { kind: "egress", host: "example.com", port: 443, decision: "denied" },
      { kind: "message", message },
      { kind: "artifact", artifact: { artifactId: "a", name: "report.md", parts: [{ text: "12345" }] } },
      { kind: "note", name: "retry", data: {} },
      { kind: "reply", message },
      { kind: "status", status: { state: "TASK_STATE_FAILED", message }, reason: "AGENT_ERROR" },
    ];
    const events = bodies.map((body, index) => ({ taskId: "task_1", seq: index + 3, at, body }));
    const routes = { "GET /v1/tasks/task_1/events": { json: { events } } };
    const { io, requests } = await runAgainst(routes, ["tasks", "events", "task_1", "--after", "2", "--json"]);
    expect(io.document()).toEqual({ events });
    expect(requests[0]?.path).toContain("after=2");
    const people = (await runAgainst(routes, ["tasks", "events", "task_1"])).io.out();
    expect(people.split("\n")).toHaveLength(bodies.length + 2);
    expect(people).toContain("report.md (5 characters)");
    expect(people).toContain("denied example.com:443");
    expect(people).not.toContain("\u001b");
  });
});

describe("logs", () => {
  const line = {
    at: "2026-11-29T10:00:00Z",
    instanceId: "ins_abcdef",
    release: "rel_1",
    stream: "stderr",
    text: `${HOSTILE}\n`,
  };

  test("are the newest lines, made safe", async () => {
    const routes = { "GET /v1/agents/echo": { json: {} }, "GET /v1/agents/echo/logs": { json: { lines: [line] } } };
    const { io, requests } = await runAgainst(routes, ["logs", "echo", "--limit", "5", "--json"]);
    expect(io.document()).toEqual({ lines: [line] });
    expect(requests.at(-1)?.path).toBe("/v1/agents/echo/logs?limit=5");
    expect((await runAgainst(routes, ["logs", "echo"])).io.out()).toBe("2026-11-29T10:00:00Z abcdef red\n");
  });

  test("followed are a line each, a document each with --json", async () => {
    const routes = {
      "GET /v1/agents/echo": { json: {} },
      "GET /v1/agents/echo/logs": { events: [line, line].map((data) => ({ event: "log", data })) },
    };
    expect((await runAgainst(routes, ["logs", "echo", "-f"])).io.out().split("\n")).toHaveLength(3);
    const lines = (await runAgainst(routes, ["logs", "echo", "--follow", "--json"])).io.out().trim().split("\n");
    expect(lines.map((text) => JSON.parse(text))).toEqual([line, line]);
  });
});

describe("card-keys", () => {
  const keys = [
    { kid: "card:new" },
    { kid: "card:old", retiredAt: "2026-11-29T10:00:00Z", publishedUntil: "2026-12-29T10:00:00Z" },
  ];

  test("list has the one that signs first", async () => {
    const { io } = await runAgainst({ "GET /v1/card-keys": { json: { keys } } }, ["card-keys"]);
    expect(io.out()).toMatch(/card:new {2}signs.*\ncard:old {2}2026-11-29T10:00:00Z {2}2026-12-29T10:00:00Z/);
  });

  test.each([
    [[], false],
    [["--compromised"], true],
  ] as const)("rotate with %o", async (options, compromised) => {
    const routes = { "POST /v1/card-keys/rotate": { json: { keys } } };
    const { io, requests } = await runAgainst(routes, ["card-keys", "rotate", ...options, "--json"]);
    expect(io.document()).toEqual({ keys });
    expect(JSON.parse(requests[0]?.body ?? "")).toEqual({ compromised });
  });
});

describe("keys", () => {
  const key = { id: "key_1", name: "ci", scopes: ["invoke"], createdAt: "2026-11-29T10:00:00Z" };

  test("list", async () => {
    const routes = { "GET /v1/keys": { json: { keys: [key, { ...key, id: "key_2", revokedAt: "2026" }] } } };
    expect((await runAgainst(routes, ["keys", "--json"])).io.document()).toEqual({
      keys: [key, { ...key, id: "key_2", revokedAt: "2026" }],
    });
    expect((await runAgainst(routes, ["keys"])).io.out()).toMatch(/key_1 {2}ci {4}invoke {2}never.*\nkey_2 .*revoked/);
  });

  test("create prints the key alone on stdout, so that a script can keep it", async () => {
    const created = { ...key, scopes: ["deploy", "invoke"], key: "brk_secret" };
    const routes = { "POST /v1/keys": { status: 201, json: created } };
    const argv = ["keys", "create", "ci", "--scope", "deploy,invoke", "--expires", "90"];
    const { io, requests } = await runAgainst(routes, argv);
    expect([io.out(), JSON.parse(requests[0]?.body ?? "")]).toEqual([
      "brk_secret\n",
      { name: "ci", scopes: ["deploy", "invoke"], expiresInDays: 90 },
    ]);
    expect((await runAgainst(routes, [...argv, "--json"])).io.document()).toEqual(created);
    expect((await runAgainst(routes, ["keys", "create", "ci", "--scope", "amdin"])).code).toBe(2);
  });

  test("revoke", async () => {
    const { code, io } = await runAgainst({ "DELETE /v1/keys/key_1": { status: 204 } }, [
      "keys",
      "revoke",
      "key_1",
      "--json",
    ]);
    expect([code, io.document()]).toEqual([0, { key: "key_1", revoked: true }]);
  });
});

describe("ledger check", () => {
  const counts = { tasks: 3, receipts: 3, journals: 3, pending: 0, differences: [] };

  test("is 0 and four numbers when they agree", async () => {
    const { code, io } = await runAgainst({ "GET /v1/ledger/check": { json: counts } }, ["ledger", "check", "--json"]);
    expect([code, io.document()]).toEqual([0, { tasks: 3, receipts: 3, journals: 3, differences: [] }]);
  });

  test("is 1 and the differences when they do not", async () => {
    const differing = { ...counts, receipts: 2, differences: ["task_1 has no receipt"] };
    const { code, io } = await runAgainst({ "GET /v1/ledger/check": { json: differing } }, ["ledger"]);
    expect(code).toBe(1);
    expect(io.out()).toContain("task_1 has no receipt");
  });
});

describe("version", () => {
  const server = { version: "0.1.0", node: "v26", protocolVersions: ["1.0", "0.3"] };

  test("names both programs", async () => {
    const { io } = await runAgainst({ "GET /v1/version": { json: server } }, ["version", "--json"]);
    expect(io.document()).toEqual({ version: expect.stringMatching(/^\d+\.\d+\.\d+/), node: process.version, server });
  });

  test("does not need a platform", async () => {
    const { code, io } = await runAgainst({}, ["--version", "--json"], { env: { BERTH_URL: "http://127.0.0.1:9" } });
    expect([code, io.document()]).toMatchObject([0, { server: null }]);
  });
});

describe("doctor", () => {
  const level = { level: "enforced", detail: "" };
  const parts = {
    filesystem: level,
    network: level,
    syscalls: level,
    memory: { level: "partial", detail: "rlimits" },
    cpu: level,
    processes: level,
  };
  const sandbox = [
    { driver: "bubblewrap", isolates: true, ...parts },
    { driver: "none", isolates: false, reason: "own code only", ...parts },
  ];
  const routes = {
    "GET /v1/version": { json: { version: "0.1.0", node: "v26", protocolVersions: [] } },
    "GET /v1/whoami": { json: { kind: "api_key", id: "key_1", orgId: "o", scopes: ["admin"] } },
    "GET /v1/doctor": { json: { sandbox, store: { engine: "postgres" } } },
  };

  test("is 0 when agents can be isolated", async () => {
    const { code, io } = await runAgainst(routes, ["doctor", "--json"]);
    expect(code).toBe(0);
    expect(io.document()).toMatchObject({ ok: true, sandbox, store: { engine: "postgres" } });
    expect((await runAgainst(routes, ["doctor"])).io.out()).toMatch(/✓ sandbox bubblewrap.*memory partial/);
  });

  test("is 1 with the fix when they cannot", async () => {
    const report = {
      sandbox: [{ ...sandbox[0], isolates: false, reason: "no bwrap", fix: "apt-get install bubblewrap" }],
      store: {},
    };
    const { code, io } = await runAgainst({ ...routes, "GET /v1/doctor": { json: report } }, ["doctor"]);
    expect([code, io.out()]).toEqual([1, expect.stringContaining("fix: apt-get install bubblewrap")]);
  });

  test("is 1 and says which step fails when one is not signed in", async () => {
    const refused = refusal(401, "UNAUTHENTICATED", "No key.");
    const { code, io } = await runAgainst({ ...routes, "GET /v1/whoami": refused, "GET /v1/doctor": refused }, [
      "doctor",
    ]);
    expect([code, io.out()]).toEqual([1, expect.stringMatching(/✗ signed in +No key\. Give a key/)]);
  });
});
