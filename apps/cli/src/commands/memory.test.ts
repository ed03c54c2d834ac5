import { expect, test } from "vitest";
import { runAgainst } from "../testing/run.ts";

const item = {
  id: "mem_1",
  scope: "user",
  metadata: {},
  text: "Ada\u001b[31m likes\ntea",
  createdAt: "2026-11-29T10:00:00.000Z",
};
const routes = {
  "GET /v1/memory/helper/items": { json: { items: [item] } },
  "POST /v1/memory/helper/items": { json: { id: "mem_2", outcome: "created", passages: 1 } },
  "GET /v1/memory/helper/spaces": { json: { spaces: [{ scope: "agent", items: 2, bytes: 9, model: "m" }] } },
  "POST /v1/memory/helper/search": { json: { hits: [{ ...item, score: 0.5, source: "chat" }], model: "m" } },
  "POST /v1/memory/helper/delete": { json: { removed: 3 } },
};
const sent = (requests: readonly { readonly method: string; readonly body?: string | undefined }[]): unknown =>
  JSON.parse(requests.find(({ method }) => method === "POST")?.body ?? "null");

test("memory list and memory spaces show what is remembered, and for whom", async () => {
  const { io, requests } = await runAgainst(routes, ["memory", "list", "helper", "--everybody", "--limit", "5"]);
  expect(io.out()).toMatch(/mem_1 .*likes tea/);
  expect(io.out()).not.toContain("\u001b[31m");
  expect(requests[0]?.path).toContain("scope=agent");
  expect((await runAgainst(routes, ["memory", "spaces", "helper"])).io.out()).toMatch(/everybody +2 +9 +m/);
});

test("memory save and memory search send what is asked for", async () => {
  const save = ["memory", "save", "helper", "text", "--key", "k", "--metadata", '{"a":1}', "--ttl", "60"];
  const saved = await runAgainst(routes, save);
  expect(sent(saved.requests)).toEqual({ text: "text", key: "k", metadata: { a: 1 }, ttlSeconds: 60 });
  const search = [
    "memory",
    "search",
    "helper",
    "tea",
    "--owner",
    "usr_1",
    "--filter",
    '{"a":{"gt":0}}',
    "--mode",
    "text",
  ];
  const found = await runAgainst(routes, search);
  expect(sent(found.requests)).toEqual({ query: "tea", owner: "usr_1", filter: { a: { gt: 0 } }, mode: "text" });
  expect(found.io.out()).toMatch(/mem_1 +0\.5000 +chat/);
});

test("memory delete wants to know what, and asks", async () => {
  const { requests, io } = await runAgainst(routes, ["memory", "delete", "helper", "--all", "--yes", "--json"]);
  expect(sent(requests)).toEqual({ all: true });
  expect(io.document()).toEqual({ removed: 3 });
  for (const args of [[], ["mem_1", "--all"], ["--filter", "x"], ["mem_1", "--everybody", "--owner", "u"]]) {
    expect((await runAgainst(routes, ["memory", "delete", "helper", ...args, "--yes"])).code, args.join(" ")).toBe(2);
  }
});
