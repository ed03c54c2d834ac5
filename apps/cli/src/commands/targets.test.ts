import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "@berth/testing";
import { describe, expect, test } from "vitest";
import { runAgainst } from "../testing/run.ts";

const field = {
  key: "region",
  label: "Region",
  help: "Where it runs.",
  type: "text",
  required: true,
  example: "europe-west1",
};
const cpu = { key: "alwaysOnCpu", label: "Processor", help: "Between requests.", type: "boolean", required: false };
const forms = { kinds: [{ kind: "cloud-run", label: "Cloud Run", help: "A service.", fields: [field, cpu] }] };
const target = {
  name: "run",
  kind: "cloud-run",
  settings: { region: "europe-west1", alwaysOnCpu: true },
  hasCredential: false,
  registry: { repository: "r.example/agents", credential: "google" },
  createdBy: "usr_1",
  createdAt: "2026-11-29T10:00:00.000Z",
  updatedAt: "2026-11-29T10:00:00.000Z",
};
const listed = { "GET /v1/targets": { json: { targets: [target] } }, "GET /v1/target-kinds": { json: forms } };

describe("targets", () => {
  test("are listed with where their images go, and kinds with what they ask for", async () => {
    const list = await runAgainst(listed, ["targets", "list"]);
    expect(list.io.out()).toMatch(/run +cloud-run +r\.example\/agents +the platform's/);
    const kinds = await runAgainst(listed, ["targets", "kinds", "cloud-run"]);
    expect(kinds.io.out()).toMatch(/region +needed +europe-west1 +Where it runs\./);
    expect((await runAgainst(listed, ["targets", "kinds", "moon"])).code).toBe(2);
  });

  test("a change keeps what it does not name, and values have their fields' types", async () => {
    const routes = { ...listed, "PUT /v1/targets/run": { json: target } };
    const args = [
      "--set",
      "alwaysOnCpu=false",
      "--set",
      "region=",
      "--set",
      "project=a=b",
      "--registry",
      "r.example/new",
    ];
    const { requests } = await runAgainst(routes, ["targets", "set", "run", ...args]);
    expect(JSON.parse(requests.find(({ method }) => method === "PUT")?.body ?? "")).toEqual({
      kind: "cloud-run",
      settings: { alwaysOnCpu: false, project: "a=b" },
      registry: { repository: "r.example/new", credential: "google" },
    });
    expect((await runAgainst(routes, ["targets", "set", "new"])).code).toBe(2);
    expect((await runAgainst(routes, ["targets", "set", "run", "--set", "=x"])).code).toBe(2);
  });

  test("a credential is read from a file, or taken away", async () => {
    using folder = temporaryFolder("berth-cli-targets");
    const file = join(folder.path, "kubeconfig");
    writeFileSync(file, "apiVersion: v1\n");
    const routes = { ...listed, "PUT /v1/targets/run": { json: target } };
    const sent = async (value: string): Promise<unknown> => {
      const { requests } = await runAgainst(routes, ["targets", "set", "run", "--credential", value]);
      return JSON.parse(requests.find(({ method }) => method === "PUT")?.body ?? "{}").credential;
    };
    expect([await sent(file), await sent("none")]).toEqual(["apiVersion: v1\n", null]);
  });

  test("a check says what is missing and what to do, and exits with 1", async () => {
    const problems = [{ message: "It has no registry.", hint: "Name one." }];
    const routes = { "POST /v1/targets/run/check": { json: { ok: false, problems, warnings: ["Look out."] } } };
    const { code, io } = await runAgainst(routes, ["targets", "check", "run"]);
    expect([code, io.out()]).toEqual([1, "✗ It has no registry.\n  Name one.\n! Look out.\n"]);
    const good = { "POST /v1/targets/run/check": { json: { ok: true, problems: [], warnings: [] } } };
    expect((await runAgainst(good, ["targets", "check", "run"])).io.out()).toBe("✓ run answers.\n");
  });

  test("a plan tells changes and drift, and writes its files by their names alone", async () => {
    using folder = temporaryFolder("berth-cli-targets");
    const plan = {
      kind: "cloud-run",
      files: { "../echo.service.json": "{}\n" },
      calls: [{ method: "PATCH", path: "/v2", purpose: "make the revision" }],
      warnings: ["Nobody is let in."],
      changes: [
        { resource: "service echo", change: "update", differences: [{ path: "image", is: "a", wanted: "b" }] },
        { resource: "other", change: "unchanged", differences: [] },
      ],
    };
    const routes = { "GET /v1/targets/run/plan": { json: plan } };
    const out = join(folder.path, "out");
    const { io, requests } = await runAgainst(routes, [
      "targets",
      "plan",
      "run",
      "echo",
      "--release",
      "rel_1",
      "--out",
      out,
    ]);
    expect(requests[0]?.path).toBe("/v1/targets/run/plan?agent=echo&release=rel_1");
    expect(io.out().split("\n").slice(0, 5)).toEqual([
      "~ service echo",
      '    image: "a" → "b"',
      "  other (as it is)",
      "→ make the revision",
      "! Nobody is let in.",
    ]);
    expect(readFileSync(join(out, "echo.service.json"), "utf8")).toBe("{}\n");
    // The same, by the folder that the agent is in.
    writeFileSync(join(folder.path, "berth.json"), JSON.stringify({ name: "echo" }));
    const again = join(folder.path, "again");
    const planned = await runAgainst(routes, ["deploy", folder.path, "--target", "run", "--plan", "--out", again]);
    expect(planned.requests.map(({ path }) => path)).toEqual(["/v1/targets/run/plan?agent=echo"]);
    expect(readFileSync(join(again, "echo.service.json"), "utf8")).toBe("{}\n");
    const nowhere = await runAgainst(routes, ["deploy", folder.path, "--plan"]);
    expect([nowhere.code, nowhere.io.err()]).toEqual([2, expect.stringContaining("Add --target NAME")]);
  });

  test("are removed after a question, or left with what runs there", async () => {
    const routes = { "GET /v1/targets/run": { json: target }, "DELETE /v1/targets/run": { status: 204 } } as const;
    const { requests, io } = await runAgainst(routes, ["targets", "remove", "run", "--abandon", "--yes"]);
    expect([requests.at(-1)?.path, io.out()]).toEqual(["/v1/targets/run?abandon=true", "Removed run.\n"]);
  });

  test("logs of an agent on a target are the target's", async () => {
    const line = { at: "2026-11-29T10:00:00.000Z", text: "hello", source: "echo-1" };
    const routes = {
      "GET /v1/agents/echo": { json: { name: "echo", target: "run" } },
      "GET /v1/agents/echo/placement/logs": {
        events: [
          { event: "log", data: line },
          { event: "done", data: {} },
        ],
      },
    };
    const { io } = await runAgainst(routes, ["logs", "echo"]);
    expect(io.out()).toBe(`${line.at} hello\n`);
  });
});
