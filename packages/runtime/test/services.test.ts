import { readFile } from "node:fs/promises";
import { afterEach, describe, expect, it } from "vitest";
import { PlatformError } from "@berth/protocol";
import type { AgentServices, ServicesCall, WorkspaceEntry } from "../src/agent-services.ts";
import { createProcessDriver } from "../src/process/process-driver.ts";
import { askAgent, startAgent } from "../src/sandbox-driver.contract.ts";
import type { Instance } from "../src/sandbox-driver.ts";
import { servicesListener } from "../src/services/services-listener.ts";
import { createUnconfinedDriver } from "../src/unconfined/unconfined-driver.ts";
import { openHarness } from "./sandbox/harness.ts";

/** Passes what it is asked on to its services socket, and says what came back. */
const AGENT = `
const http = require("node:http");
const [, socketPath] = process.env.BERTH_SERVICES.split(/:(.*)/s);
http.createServer((request, response) => {
  if (request.url === "/env") return response.end(JSON.stringify(process.env));
  if (!request.url.startsWith("/?")) return response.end("ok");
  const { method, path, headers, body } = JSON.parse(decodeURIComponent(request.url.slice(2)));
  const out = http.request({ socketPath, method, path, headers }, (answer) => {
    const chunks = [];
    answer.on("data", (chunk) => chunks.push(chunk));
    answer.on("end", () => response.end(JSON.stringify({
      status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks).toString(),
    })));
  });
  out.on("error", (error) => response.end(JSON.stringify({ status: 0, body: error.message })));
  out.end(body);
}).listen(process.env.BERTH_LISTEN);`;

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

const ENTRY: WorkspaceEntry = {
  path: "inputs/a.csv",
  bytes: 3,
  digest: "sha256:00",
  version: 1,
  mediaType: "text/csv",
  at: "2026-11-29T00:00:00.000Z",
};

/** Says what it was asked, by whom. */
class RecordingServices implements AgentServices {
  readonly calls: [string, string, string, unknown][] = [];

  list = this.#recorded("list", { files: [ENTRY], next: ENTRY.path });
  read = this.#recorded("read", { ...ENTRY, content: new TextEncoder().encode("a,b") });
  write = this.#recorded("write", ENTRY);
  remove = this.#recorded("remove", undefined);
  requestScope = this.#recorded("requestScope", {
    approvalId: "apr_1",
    expiresAt: ENTRY.at,
    state: "pending" as const,
  });
  callAgent = this.#recorded("callAgent", { state: "TASK_STATE_COMPLETED" });
  journal = this.#recorded("journal", { entries: [] });
  writeStep = this.#recorded("writeStep", { until: ENTRY.at });
  memory = {
    save: this.#recorded("memory.save", { id: "mem_1" }),
    search: this.#recorded("memory.search", { hits: [] }),
    list: this.#recorded("memory.list", { items: [] }),
    remove: this.#recorded("memory.remove", { removed: 1 }),
  };
  approval = this.#recorded("approval", { state: "pending" as const });
  currentGrant = this.#recorded("currentGrant", { grant: "acg1_next", expiresAt: ENTRY.at });

  async identityToken({ peer }: Pick<ServicesCall, "peer">, audience: string): Promise<string> {
    this.calls.push(["identityToken", peer.instanceId, "", audience]);
    return "a.b.c";
  }

  #recorded<T>(name: string, answer: T): (call: ServicesCall, argument?: unknown) => Promise<T> {
    return async ({ peer, grant }, argument) => {
      if (grant === "acg1_revoked") throw new PlatformError("GRANT_REVOKED", "The grant was revoked.");
      this.calls.push([name, peer.instanceId, grant, argument]);
      return answer;
    };
  }
}

const DRIVERS = [
  { name: "process", create: createProcessDriver },
  { name: "unconfined", create: createUnconfinedDriver },
] as const;

describe.each(DRIVERS)("the services of an instance under the $name driver", ({ name, create }) => {
  const opened: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of opened.splice(0).toReversed()) await close();
  });

  const services = new RecordingServices();

  async function start(instanceId: string, answers: AgentServices | undefined = services): Promise<Instance> {
    const harness = await openHarness(name);
    opened.push(async () => await harness[Symbol.asyncDispose]());
    const driver = create({ home: harness.home });
    opened.push(async () => await driver.close());
    await driver.probe();
    const peer = { orgId: "org_1", agentId: "agent_1", agentName: "tester", releaseId: "release_1", instanceId };
    const listener = servicesListener({ peer, services: () => answers, log: () => {} });
    return await startAgent({ ...harness, driver, release: harness.release }, AGENT, {
      instanceId,
      services: listener,
      trusted: true,
    });
  }

  async function ask(
    instance: Instance,
    method: string,
    path: string,
    more: { readonly headers?: Record<string, string>; readonly body?: string } = {},
  ): Promise<Answer> {
    const headers = { authorization: "Grant acg1_token", ...more.headers };
    const request = JSON.stringify({ method, path, headers, body: more.body });
    // Written by the agent above.
    return JSON.parse(await askAgent(instance, `/?${encodeURIComponent(request)}`)) as Answer;
  }

  it("know the instance by its socket, and the run by its grant", async () => {
    const [one, other] = [await start("one"), await start("other")];
    expect(JSON.parse(await askAgent(one, "/env"))).toHaveProperty("BERTH_SERVICES");
    services.calls.length = 0;
    const listed = await ask(one, "GET", "/workspace/files?prefix=inputs/");
    expect([listed.status, JSON.parse(listed.body)]).toEqual([200, { files: [ENTRY], next: ENTRY.path }]);
    const read = await ask(other, "GET", "/workspace/files/inputs/a%20b.csv");
    expect([read.status, read.body, read.headers["berth-digest"]]).toEqual([200, "a,b", "sha256:00"]);
    await ask(one, "PUT", "/workspace/files/outputs/x", { body: "abc", headers: { "content-type": "text/plain" } });
    expect((await ask(one, "DELETE", "/workspace/files/outputs/x")).status).toBe(204);
    expect(services.calls).toEqual([
      ["list", "one", "acg1_token", { prefix: "inputs/" }],
      ["read", "other", "acg1_token", "inputs/a b.csv"],
      ["write", "one", "acg1_token", { path: "outputs/x", content: Buffer.from("abc"), mediaType: "text/plain" }],
      ["remove", "one", "acg1_token", "outputs/x"],
    ]);
  });

  it("carry grants, scope requests, calls and identity tokens", async () => {
    const instance = await start("one");
    services.calls.length = 0;
    expect((await ask(instance, "GET", "/grant")).body).toContain("acg1_next");
    const scope = JSON.stringify({ read: ["a/**"], reason: "why" });
    expect((await ask(instance, "POST", "/scope-requests", { body: scope })).status).toBe(201);
    expect((await ask(instance, "GET", "/scope-requests/apr_1?wait=0")).body).toContain("pending");
    const call = JSON.stringify({ input: { base: "EUR" }, grant: { read: ["a/**"], maxCalls: 1 } });
    expect((await ask(instance, "POST", "/agents/fx/skills/rates", { body: call })).status).toBe(200);
    const text = JSON.stringify({ text: "a" });
    expect((await ask(instance, "POST", "/memory/save", { body: text })).body).toContain("mem_1");
    const all = JSON.stringify({ all: true });
    expect((await ask(instance, "POST", "/memory/delete", { body: all })).body).toContain("1");
    const flavored = { headers: { "metadata-flavor": "Berth" } };
    expect((await ask(instance, "GET", "/identity-token?audience=https://x", flavored)).body).toContain("a.b.c");
    expect(services.calls.map(([method]) => method)).toEqual([
      "currentGrant",
      "requestScope",
      "approval",
      "callAgent",
      "memory.save",
      "memory.remove",
      "identityToken",
    ]);
    expect(services.calls[3]?.[3]).toEqual({
      agent: "fx",
      skill: "rates",
      input: { base: "EUR" },
      grant: { read: ["a/**"], maxCalls: 1 },
    });
  });

  it("refuse what does not fit, and say why", async () => {
    const instance = await start("one");
    const refused = async (...request: Parameters<typeof ask> extends [Instance, ...infer R] ? R : never) => {
      const { status, body } = await ask(instance, ...request);
      // A problem document.
      return [status, (JSON.parse(body) as { reason: string }).reason];
    };
    const bare = { headers: { authorization: "Bearer x" } };
    expect(await refused("GET", "/grant", bare)).toEqual([403, "GRANT_REQUIRED"]);
    const revoked = { headers: { authorization: "Grant acg1_revoked" } };
    expect(await refused("GET", "/grant", revoked)).toEqual([403, "GRANT_REVOKED"]);
    expect(await refused("GET", "/workspace/files/a%2fb")).toEqual([400, "PATH_INVALID"]);
    expect(await refused("GET", "/workspace/files/%zz")).toEqual([400, "INVALID_REQUEST"]);
    expect(await refused("POST", "/grant")).toEqual([404, "METHOD_NOT_FOUND"]);
    expect(await refused("GET", "/v1/agents")).toEqual([404, "ROUTE_NOT_FOUND"]);
    expect(await refused("POST", "/scope-requests", { body: "{" })).toEqual([400, "PARSE_ERROR"]);
    expect(await refused("POST", "/scope-requests", { body: "[]" })).toEqual([400, "INVALID_REQUEST"]);
    expect(await refused("POST", "/scope-requests", { body: '{"read":"*"}' })).toEqual([400, "INVALID_PARAMS"]);
    expect(await refused("POST", "/agents/a/skills/b", { body: '{"grant":[]}' })).toEqual([400, "INVALID_PARAMS"]);
    expect(await refused("GET", "/scope-requests/apr_1?wait=3600")).toEqual([400, "INVALID_PARAMS"]);
    expect(await refused("GET", "/identity-token?audience=x")).toEqual([400, "INVALID_PARAMS"]);
    const large = { headers: { "content-length": String(65 * 1024 * 1024) } };
    expect(await refused("PUT", "/workspace/files/a", large)).toEqual([400, "REQUEST_TOO_LARGE"]);
  });

  it("tell an agent that is early to come back", async () => {
    const harness = await openHarness(name);
    opened.push(async () => await harness[Symbol.asyncDispose]());
    const driver = create({ home: harness.home });
    opened.push(async () => await driver.close());
    const peer = { orgId: "org_1", agentId: "a", agentName: "tester", releaseId: "r", instanceId: "early" };
    const listener = servicesListener({ peer, services: () => undefined, log: () => {} });
    const instance = await startAgent({ ...harness, driver, release: harness.release }, AGENT, {
      instanceId: "early",
      services: listener,
      trusted: true,
    });
    expect((await ask(instance, "GET", "/grant")).status).toBe(503);
  });
});

it("is the only socket in a jail beside the agent's own and the way out", async () => {
  await using harness = await openHarness("process");
  const driver = createProcessDriver({ home: harness.home });
  try {
    const source = `require("node:http").createServer((_, response) => {
      response.end(require("node:fs").readFileSync("/proc/net/unix", "utf8"));
    }).listen(process.env.BERTH_LISTEN);`;
    const instance = await startAgent({ ...harness, driver, release: harness.release }, source, {
      services: (_request, response) => response.end(),
    });
    const named = (await askAgent(instance, "/"))
      .split("\n")
      .map((line) => line.trim().split(/\s+/)[7])
      .filter((path) => path !== undefined);
    expect(new Set(named)).toEqual(new Set(["Path", "/run/agent/agent.sock"]));
    expect(await readFile("/proc/net/unix", "utf8")).not.toContain("/run/services.sock");
  } finally {
    await driver.close();
  }
});
