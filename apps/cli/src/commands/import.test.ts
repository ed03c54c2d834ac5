import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "@berth/testing";
import { expect, test } from "vitest";
import { refusal } from "../testing/fake-platform.ts";
import { runAgainst } from "../testing/run.ts";

const DIGEST = `sha256:${"1".repeat(64)}`;
const weather = {
  name: "weather",
  agentId: "agt_1",
  kind: "remote",
  description: "Tells the weather.",
  version: "1.0.0",
  release: "rel_1",
  visibility: "private",
  tags: [],
  skills: [{ id: "forecast", name: "Forecast", description: "Of tomorrow", tags: [] }],
  url: "http://weather.localhost:4100/",
  cardUrl: "http://weather.localhost:4100/.well-known/agent-card.json",
  mcpUrl: "http://weather.localhost:4100/mcp",
  state: "remote",
  trusted: false,
  instances: [],
  remote: {
    cardUrl: "https://w.example/.well-known/agent-card.json",
    interface: { url: "https://w.example/a2a", protocolBinding: "JSONRPC", protocolVersion: "0.3" },
    cardDigest: DIGEST,
    credential: null,
    checkedAt: "2026-11-29T10:00:00Z",
  },
  createdAt: "2026-11-29T10:00:00Z",
  updatedAt: "2026-11-29T10:00:00Z",
};
const drift = { oldDigest: DIGEST, newDigest: `sha256:${"2".repeat(64)}`, skillsAdded: ["storm"], skillsRemoved: [] };
const drifted = { ...weather, state: "drifted", remote: { ...weather.remote, drift } };

test("import sends the address, the wishes and the credential of a file, and says where the agent runs", async () => {
  using folder = temporaryFolder("berth-cli");
  await writeFile(join(folder.path, "token.txt"), "secret-token\n");
  const routes = { "POST /v1/agents/import": { json: weather, status: 201 } };
  const argv = ["import", "https://w.example", "--name", "weather", "--visibility", "public"];
  const { code, io, requests } = await runAgainst(routes, [...argv, "--credential-file", "token.txt"], {
    cwd: folder.path,
  });
  expect(code, io.err()).toBe(0);
  expect(JSON.parse(requests[0]?.body ?? "")).toEqual({
    url: "https://w.example",
    name: "weather",
    visibility: "public",
    credential: "secret-token",
  });
  expect(io.out()).toContain("https://w.example/a2a (JSONRPC 0.3)");
  expect(io.out() + io.err()).not.toContain("secret-token");
});

test("import refuses a visibility and a credential file that are none before it calls anybody", async () => {
  for (const argv of [
    ["--visibility", "some"],
    ["--credential-file", "none.txt"],
  ]) {
    const { code, requests } = await runAgainst({}, ["import", "https://w.example", ...argv]);
    expect([code, requests.length]).toEqual([2, 0]);
  }
});

test("import tells why a card was refused", async () => {
  const routes = { "POST /v1/agents/import": refusal(400, "CARD_INVALID", "it redirects") };
  const { code, io } = await runAgainst(routes, ["import", "https://w.example"]);
  expect(code).not.toBe(0);
  expect(io.err()).toContain("it redirects");
});

test("show has where a remote agent runs and what changed in its card", async () => {
  const { io } = await runAgainst({ "GET /v1/agents/weather": { json: drifted } }, ["agents", "show", "weather"]);
  expect(io.out()).toMatch(/runs at +https:\/\/w\.example\/a2a \(JSONRPC 0\.3\)/);
  expect(io.out()).toMatch(/changed +new skills storm/);
  expect(io.out()).not.toContain("isolation");
});

test("accept shows the change, asks, and adopts exactly the card it showed", async () => {
  const routes = {
    "POST /v1/agents/weather/refresh": { json: drifted },
    "POST /v1/agents/weather/accept-card": { json: { ...weather, release: "rel_2" } },
  };
  const no = await runAgainst(routes, ["agents", "accept", "weather"], { tty: true, input: "n\n" });
  expect([no.code, no.requests.length]).toEqual([1, 1]);
  expect(no.io.err()).toContain("new skills storm");
  const yes = await runAgainst(routes, ["agents", "accept", "weather", "--yes", "--json"]);
  expect(JSON.parse(yes.requests[1]?.body ?? "")).toEqual({ digest: drift.newDigest });
  expect(yes.io.document()).toMatchObject({ agent: "weather", accepted: true, release: "rel_2" });
});

test("accept has nothing to do when nothing changed, and says why a card cannot be read", async () => {
  const same = await runAgainst({ "POST /v1/agents/weather/refresh": { json: weather } }, [
    "agents",
    "accept",
    "weather",
  ]);
  expect([same.code, same.requests.length]).toEqual([0, 1]);
  const gone = { ...weather, remote: { ...weather.remote, problem: "w.example cannot be fetched" } };
  const away = await runAgainst({ "POST /v1/agents/weather/refresh": { json: gone } }, ["agents", "accept", "weather"]);
  expect(away.code).not.toBe(0);
  expect(away.io.err()).toContain("cannot be fetched");
});
