import { expect, test } from "vitest";
import { runAgainst } from "../testing/run.ts";

const BASE = "GET /v1/agents/echo/releases/rel_2/distribution";
const changes = {
  since: { release: "rel_1", version: "1.0.0" },
  class: "breaking",
  list: [{ kind: "removed", what: "skill say\u001b[31m", level: "breaking", breaks: "Calls of it are refused." }],
  hint: "the version goes from 1.0.0 to 1.0.1; a breaking change calls for 2.0.0",
};
const conformance = {
  passed: false,
  checks: [{ id: "card-door", section: "A2A 1.0 §8.2", outcome: "failed", detail: "HTTP 500" }],
  doors: null,
};
const dependents = {
  agents: [{ name: "near", calls: 2, lastAt: "2026-11-30T00:00:00Z", upstreams: ["e"] }],
  callers: 3,
};
const found = {
  agent: "echo",
  release: "rel_2",
  digest: "sha256:0",
  createdAt: "2026-11-30T00:00:00Z",
  image: { reference: "h/echo@sha256:1", digest: "sha256:1", mediaType: "m", bytes: 5, layers: [{}, {}] },
  sbom: { digest: "sha256:2", packages: 4, signed: true, url: "u" },
  provenance: { digest: "sha256:3", url: "u", verified: true, source: { uri: "https://git.example/e", commit: "c0" } },
  card: { version: "1.0.1", digest: "sha256:4", url: "u" },
  changes,
  conformance,
  evals: [],
  dependents,
  docs: "u",
  placements: [{ target: "local", health: "ready" }],
};
const routes = {
  "GET /v1/agents/echo": { json: { release: "rel_2" } },
  [BASE]: { json: found },
  [`${BASE}/sbom`]: { text: '{"bomFormat":"CycloneDX"}' },
  "GET /v1/agents/echo/changes": { json: changes },
  "GET /v1/agents/echo/history": {
    json: { history: [{ ...found, version: "1.0.1", cardDigest: "sha256:abc", by: "usr_1" }] },
  },
  "GET /v1/agents/echo/dependents": { json: dependents },
  "POST /v1/agents/echo/conformance": { json: { agent: "echo", release: "rel_2", ...conformance } },
};

test("releases show tells of the live release, and gives its documents byte for byte", async () => {
  const { io } = await runAgainst(routes, ["releases", "show", "echo"]);
  expect(io.out()).toMatch(/h\/echo@sha256:1, 2 layers/);
  expect(io.out()).toMatch(/verified, from https:\/\/git\.example\/e at c0/);
  expect(io.out()).toMatch(/4 packages, signed/);
  const sbom = await runAgainst(routes, ["releases", "show", "echo", "rel_2", "--sbom"]);
  expect(sbom.io.out()).toBe('{"bomFormat":"CycloneDX"}\n');
});

test("releases diff and conformance fail where something is wrong", async () => {
  const diff = await runAgainst(routes, ["releases", "diff", "echo", "rel_1", "rel_2"]);
  expect([diff.code, diff.io.out()]).toEqual([1, expect.stringContaining("calls for 2.0.0")]);
  expect(diff.io.out()).not.toContain("\u001b[31m");
  expect(diff.requests[0]?.path).toBe("/v1/agents/echo/changes?from=rel_1&to=rel_2");
  const asked = await runAgainst(routes, ["conformance", "echo"]);
  expect([asked.code, asked.io.out()]).toEqual([
    1,
    expect.stringMatching(/failed +card-door +A2A 1\.0 §8\.2 +HTTP 500/),
  ]);
});

test("agents history and dependents are tables", async () => {
  const history = await runAgainst(routes, ["agents", "history", "echo"]);
  expect(history.io.out()).toMatch(/rel_2 +1\.0\.1 +breaking +1 +usr_1 +abc/);
  const others = await runAgainst(routes, ["agents", "dependents", "echo"]);
  expect(others.io.out()).toMatch(/near +2 .* e\n3 callers/);
});

test("receipts provenance from files wants the keys that are believed", async () => {
  const noTrust = await runAgainst(routes, ["receipts", "provenance", "r.json", "--provenance", "p.json"]);
  expect([noTrust.code, noTrust.io.err()]).toEqual([2, expect.stringContaining("--trust")]);
  const noEnvelope = await runAgainst(routes, ["receipts", "provenance", "rcpt_1", "--sbom", "s.json"]);
  expect([noEnvelope.code, noEnvelope.io.err()]).toEqual([2, expect.stringContaining("--provenance")]);
});
