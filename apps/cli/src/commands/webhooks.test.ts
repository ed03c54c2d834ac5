import { describe, expect, test } from "vitest";
import { runAgainst } from "../testing/run.ts";

const hook = {
  id: "hook_1",
  agent: "echo",
  skill: "say",
  kind: "github",
  url: "http://p/hooks/hook_1",
  principalId: "key_1",
  createdAt: "2026-11-29T10:00:00Z",
};

describe("webhooks", () => {
  test("list shows them, or says that there are none", async () => {
    const route = "GET /v1/agents/echo/webhooks";
    const { io } = await runAgainst({ [route]: { json: { webhooks: [hook] } } }, [
      "webhooks",
      "list",
      "echo",
      "--json",
    ]);
    expect(io.document()).toEqual({ webhooks: [hook] });
    const shown = await runAgainst({ [route]: { json: { webhooks: [hook] } } }, ["webhooks", "list", "echo"]);
    expect(shown.io.out()).toMatch(/hook_1 +say +github +http:\/\/p\/hooks\/hook_1/);
    const none = await runAgainst({ [route]: { json: { webhooks: [] } } }, ["webhooks", "list", "echo"]);
    expect(none.io.out()).toBe("No webhooks.\n");
  });

  test("create shows the address and the secret, once", async () => {
    const routes = { "POST /v1/agents/echo/webhooks": { json: { ...hook, secret: "whsec_x" }, status: 201 } };
    const argv = ["webhooks", "create", "echo", "say", "--kind", "github", "--secret", "0123456789abcdef"];
    const { io, requests } = await runAgainst(routes, argv);
    expect(JSON.parse(requests[0]?.body ?? "")).toEqual({ skill: "say", kind: "github", secret: "0123456789abcdef" });
    expect(io.out()).toBe("url     http://p/hooks/hook_1\nsecret  whsec_x\n");
    expect((await runAgainst(routes, [...argv, "--json"])).io.document()).toEqual({ ...hook, secret: "whsec_x" });
    const wrong = await runAgainst(routes, ["webhooks", "create", "echo", "say", "--kind", "gihtub"]);
    expect([wrong.code, wrong.io.err()]).toEqual([2, expect.stringContaining("Did you mean github?")]);
  });

  test("remove asks first", async () => {
    const routes = { "DELETE /v1/agents/echo/webhooks/hook_1": { status: 204 } } as const;
    const { code, io } = await runAgainst(routes, ["webhooks", "remove", "echo", "hook_1", "--json"]);
    expect([code, io.document()]).toEqual([0, { webhook: "hook_1", removed: true }]);
    const refused = await runAgainst(routes, ["webhooks", "remove", "echo", "hook_1"], { tty: true, input: "n\n" });
    expect([refused.code === 0, refused.requests]).toEqual([false, []]);
  });
});

test("mcp-url shows a line for each program", async () => {
  const connect = {
    mcpUrl: "http://p/agents/echo/mcp",
    claudeCode: "claude mcp add --transport http echo http://p/agents/echo/mcp",
    cursor: "cursor://anysphere.cursor-deeplink/mcp/install?name=echo&config=e30%3D",
    vscode: `code --add-mcp '{"name":"echo"}'`,
    json: { mcpServers: { echo: { type: "http", url: "http://p/agents/echo/mcp" } } },
    a2a: { card: "http://p/agents/echo/.well-known/agent-card.json" },
  };
  const routes = { "GET /v1/agents/echo/connect": { json: connect } };
  expect((await runAgainst(routes, ["mcp-url", "echo", "--json"])).io.document()).toEqual(connect);
  const { io } = await runAgainst(routes, ["mcp-url", "echo"]);
  for (const line of [connect.mcpUrl, connect.claudeCode, connect.cursor, connect.vscode, connect.a2a.card]) {
    expect(io.out().split("\n")).toContain(line);
  }
  expect(io.out()).toContain('"mcpServers": {');
});
