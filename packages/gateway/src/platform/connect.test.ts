import { afterAll, beforeAll, expect, test } from "vitest";
import { openHouse, publish } from "../gateway.fixture.ts";
import type { House } from "../gateway.fixture.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
  await publish(house.store, "csv-analyst", {});
});
afterAll(async () => await house[Symbol.asyncDispose]());

test("a public agent is taken up without a key", async () => {
  const { json } = await house.call("/v1/agents/scripted/connect");
  const url = `http://127.0.0.1:${house.port}/agents/scripted/mcp`;
  expect(json).toEqual({
    mcpUrl: url,
    claudeCode: `claude mcp add --transport http scripted ${url}`,
    cursor: expect.stringMatching(/^cursor:\/\/anysphere\.cursor-deeplink\/mcp\/install\?name=scripted&config=[\w%]+$/),
    vscode: `code --add-mcp '{"name":"scripted","type":"http","url":"${url}"}'`,
    json: { mcpServers: { scripted: { type: "http", url } } },
    a2a: { card: `http://127.0.0.1:${house.port}/agents/scripted/.well-known/agent-card.json` },
  });
  expect((await house.call("/v1/agents/csv-analyst/connect")).status).toBe(401);
});

test("a private one says where the key goes, under a name that every client takes", async () => {
  const { json } = await house.call("/v1/agents/csv-analyst/connect", { token: house.admin });
  const url = `http://127.0.0.1:${house.port}/agents/csv-analyst/mcp`;
  const headers = { Authorization: "Bearer YOUR_API_KEY" };
  expect(json.claudeCode).toBe(
    `claude mcp add --transport http csv_analyst ${url} --header "Authorization: Bearer YOUR_API_KEY"`,
  );
  expect(json.json).toEqual({ mcpServers: { csv_analyst: { type: "http", url, headers } } });
  const link = new URL(json.cursor);
  expect(link.searchParams.get("name")).toBe("csv_analyst");
  const config = Buffer.from(link.searchParams.get("config") ?? "", "base64").toString("utf8");
  expect(JSON.parse(config)).toEqual({ url, headers });
});
