import { createServer } from "node:http";
import { createAgentClient } from "@berth/sdk/client";
import { describe, expect, test } from "vitest";
import { BINDINGS_V03, refusal } from "../bindings/index.ts";
import type { Binding } from "../bindings/index.ts";
import { request } from "../bindings/http.ts";
import { saying, taskOf, textsOf } from "../house.ts";
import type { House } from "../house.ts";

export function describeVersions(house: House, binding: Binding): void {
  test.each(["1.0", "1.0.0", "1.0.7"])(
    "[VER-CLIENT-002] %s is 1.0: the patch number does not count",
    async (version) => {
      const client = house.client(binding, { headers: { "a2a-version": version } });
      expect(taskOf(await client.send(saying("echo hi"))).status.state).toBe("TASK_STATE_COMPLETED");
    },
  );

  test.each(["2.0", "1.1", "0.2", "0.2.5", "1", "1.0.x", "10", "latest"])(
    "[VER-SERVER-002] %s is refused with the versions that are spoken",
    async (version) => {
      const client = house.client(binding, { headers: { "a2a-version": version } });
      const error = await refusal(client.send(saying("echo hi")));
      expect([error.reason, error.code]).toEqual([
        "VERSION_NOT_SUPPORTED",
        { JSONRPC: -32009, "HTTP+JSON": 400, GRPC: 9 }[binding.name],
      ]);
      expect(String(error.metadata["hint"])).toContain("1.0");
    },
  );
}

/** What a binding client cannot say: no version at all, or one in the address. */
export function describeVersionsOfHttp(house: House): void {
  const rpc = async (
    method: string,
    options: { version?: string; query?: Record<string, string>; agent?: "rogue" } = {},
  ) => {
    const isOld = method.includes("/");
    const part = isOld ? { kind: "text", text: "echo hi" } : { text: "echo hi" };
    const message = { messageId: crypto.randomUUID(), role: isOld ? "user" : "ROLE_USER", parts: [part] };
    const headers: Record<string, string> = options.version === undefined ? {} : { "a2a-version": options.version };
    const response = await request(
      {
        ...house.target({ headers, agent: options.agent ?? "actor" }),
        ...(options.query === undefined ? {} : { query: options.query }),
      },
      { method: "POST", path: "/", body: { jsonrpc: "2.0", id: 1, method, params: { message } } },
    );
    return (await response.json()) as { result?: Record<string, unknown>; error?: { code: number } };
  };

  test("[VER-SERVER-001] one address answers each version in its own form", async () => {
    expect((await rpc("SendMessage", { version: "1.0" })).result).toMatchObject({
      task: { status: { state: "TASK_STATE_COMPLETED" } },
    });
    expect((await rpc("message/send", { version: "0.3" })).result).toMatchObject({
      kind: "task",
      status: { state: "completed" },
    });
  });

  test("[VER-METHOD-001] a version that is spoken has no method of the other one", async () => {
    expect((await rpc("message/send", { version: "1.0" })).error?.code).toBe(-32601);
    expect((await rpc("SendMessage", { version: "0.3" })).error?.code).toBe(-32601);
  });

  test("[VER-METHOD-002] a version that the agent is not offered in is refused before its methods are", async () => {
    for (const method of ["SendMessage", "message/send", "NoSuchMethod"]) {
      expect((await rpc(method, { version: "0.3", agent: "rogue" })).error?.code).toBe(-32009);
    }
  });

  test("[VER-EMPTY-001] no version, or an empty one, is 0.3", async () => {
    for (const version of [undefined, "", " "]) {
      const options = version === undefined ? {} : { version };
      expect((await rpc("message/send", options)).result).toMatchObject({ kind: "task" });
      const headers: Record<string, string> = version === undefined ? {} : { "a2a-version": version };
      const card = await request(house.target({ headers }), { method: "GET", path: "/.well-known/agent-card.json" });
      expect(await card.json()).toMatchObject({ protocolVersion: "0.3.0" });
      expect(card.headers.get("vary")?.toLowerCase()).toContain("a2a-version");
    }
  });

  test("[VER-EMPTY-002] a method that only 1.0 has is taken as 1.0 when nothing is said", async () => {
    expect((await rpc("SendMessage")).result).toHaveProperty("task");
  });

  test("[VER-QUERY-001] the version may be in the address; the header counts when both are there", async () => {
    expect((await rpc("SendMessage", { query: { "A2A-Version": "1.0" } })).result).toHaveProperty("task");
    expect((await rpc("SendMessage", { query: { "A2A-Version": "9.0" } })).error?.code).toBe(-32009);
    expect((await rpc("SendMessage", { version: "1.0", query: { "A2A-Version": "9.0" } })).result).toHaveProperty(
      "task",
    );
    const path = "/tasks";
    const listed = await request(house.target({ query: { "A2A-Version": "1.0" } }), { method: "GET", path });
    expect(await listed.json()).toHaveProperty("nextPageToken");
    const refused = await request(house.target({ query: { "A2A-Version": "0.3" } }), { method: "GET", path });
    expect(refused.status).toBe(400);
  });

  test.each(BINDINGS_V03)(
    "[VER-INTERFACE-001] an agent that is offered in 1.0 only refuses 0.3 over $name",
    async (v03) => {
      const client = house.client(v03, { agent: "rogue" });
      const calls = [client.send(saying("none")), client.stream(saying("none")), client.get({ id: "task_unknown" })];
      for (const refused of await Promise.all(calls.map(refusal))) expect(refused.reason).toBe("VERSION_NOT_SUPPORTED");
    },
  );

  describe("as a client", () => {
    test("[VER-CLIENT-001] the platform tells agents which version it speaks", async () => {
      const { jsonRpc } = await import("../bindings/json-rpc.ts");
      const task = taskOf(await house.client(jsonRpc, { agent: "rogue" }).send(saying("headers")));
      expect(textsOf(task)).toBe("1.0");
    });

    test("[VER-CLIENT-003] our own client says it with every request", async () => {
      const versions: (string | undefined)[] = [];
      const server = createServer((incoming, response) => {
        versions.push(incoming.headers["a2a-version"]?.toString());
        incoming.resume();
        response.setHeader("content-type", "application/json").end(`{"jsonrpc":"2.0","id":1,"result":{"task":{}}}`);
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      const client = createAgentClient({ url: `http://127.0.0.1:${port}/` });
      await client.send(saying("echo hi"));
      await client.get("task_1");
      await client.list();
      await client.cancel("task_1");
      await client.card();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      expect(versions).toEqual(["1.0", "1.0", "1.0", "1.0", "1.0"]);
    });
  });
}
