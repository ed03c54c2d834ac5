import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { FakeRoutes } from "../testing/fake-platform.ts";
import { runAgainst } from "../testing/run.ts";

const file = {
  path: "reports/a b.csv",
  version: 3,
  digest: `sha256:${"a".repeat(64)}`,
  bytes: 4,
  mediaType: "text/csv",
  at: "2026-11-29T10:00:00.000Z",
  by: "key_1",
};

describe("files", () => {
  let cwd: string;
  beforeEach(async () => {
    cwd = await mkdtemp(join(tmpdir(), "berth-files-"));
  });
  afterEach(async () => await rm(cwd, { recursive: true, force: true }));

  test("alone, or with a prefix, lists all pages", async () => {
    const routes = {
      "GET /v1/workspace/files": ({ path }: { path: string }) => ({
        json: path.includes("after=") ? { files: [{ ...file, path: "z" }] } : { files: [file], next: file.path },
      }),
    };
    const { io, requests } = await runAgainst(routes, ["files", "reports/", "--json"]);
    expect(io.document()).toEqual({ files: [file, { ...file, path: "z" }] });
    expect(requests.map(({ path }) => path)).toEqual([
      "/v1/workspace/files?prefix=reports%2F&limit=1000",
      "/v1/workspace/files?prefix=reports%2F&limit=1000&after=reports%2Fa+b.csv",
    ]);
    const shown = await runAgainst(routes, ["files"]);
    expect(shown.io.out()).toMatch(/reports\/a b\.csv +4 +3 +text\/csv/);
    const mistyped = await runAgainst(routes, ["files", "histroy", "a"]);
    expect([mistyped.code, mistyped.io.err()]).toEqual([2, expect.stringContaining("history")]);
  });

  test("put writes under the file's own name, or where it is told, on the version it is based on", async () => {
    await writeFile(join(cwd, "a b.csv"), "a,b\n");
    const routes = {
      "PUT /v1/workspace/files/a%20b.csv": { json: { ...file, path: "a b.csv" } },
      "PUT /v1/workspace/files/reports/a%20b.csv": { json: file },
    };
    const { code, requests } = await runAgainst(routes, ["files", "put", "a b.csv"], { cwd });
    expect([code, requests[0]?.body]).toEqual([0, "a,b\n"]);
    const placed = await runAgainst(routes, ["files", "put", "a b.csv", "reports/a b.csv", "--base", "2"], { cwd });
    expect(placed.io.out()).toBe("reports/a b.csv is at version 3, 4 bytes.\n");
    expect((await runAgainst(routes, ["files", "put", "absent"], { cwd })).code).toBe(2);
  });

  test("get writes a file here, or to stdout", async () => {
    const routes = { "GET /v1/workspace/files/reports/a.csv": { text: "a,b\n" } };
    const { code } = await runAgainst(routes, ["files", "get", "reports/a.csv"], { cwd });
    expect([code, await readFile(join(cwd, "a.csv"), "utf8")]).toEqual([0, "a,b\n"]);
    const piped = await runAgainst(routes, ["files", "get", "reports/a.csv", "-", "--version", "2"], { cwd });
    expect([piped.io.out(), piped.requests[0]?.path]).toEqual(["a,b\n", "/v1/workspace/files/reports/a.csv?version=2"]);
  });

  test("rm asks first", async () => {
    const routes = { "DELETE /v1/workspace/files/a": { status: 204 } } as const;
    const { code, io } = await runAgainst(routes, ["files", "rm", "a", "--json"]);
    expect([code, io.document()]).toEqual([0, { path: "a", removed: true }]);
    const refused = await runAgainst(routes, ["files", "rm", "a"], { tty: true, input: "n\n" });
    expect([refused.code === 0, refused.requests]).toEqual([false, []]);
  });

  test("history and diff show what changed, and nothing that moves the cursor", async () => {
    const routes = {
      "GET /v1/workspace/history/a": { json: { path: "a", versions: [{ ...file, digest: undefined }, file] } },
      "GET /v1/workspace/diff/a": { json: { path: "a", from: 1, to: 3, text: "+\u001b[31mred\n" } },
    };
    expect((await runAgainst(routes, ["files", "history", "a"])).io.out()).toMatch(/3 +deleted/);
    const { io, requests } = await runAgainst(routes, ["files", "diff", "a", "--from", "1", "--to", "3"]);
    expect(io.out()).not.toContain("\u001b");
    expect(requests[0]?.path).toBe("/v1/workspace/diff/a?from=1&to=3");
  });

  test("usage tells what the workspace holds, and rm takes the history along when it is told to", async () => {
    const usage = { files: 2, bytes: 30, released: 4, quota: { files: 100, bytes: 1000 } };
    const routes: FakeRoutes = {
      "GET /v1/workspace/usage": { json: usage },
      "DELETE /v1/workspace/files/a": { status: 204 },
    };
    expect((await runAgainst(routes, ["files", "usage", "--json"])).io.document()).toEqual(usage);
    expect((await runAgainst(routes, ["files", "usage"])).io.out()).toMatch(/bytes of all versions +30 +1000/);
    const removed = await runAgainst(routes, ["files", "rm", "a", "--history", "--yes"]);
    expect(removed.io.out()).toBe("Deleted a with all its versions.\n");
    expect(removed.requests[0]?.path).toBe("/v1/workspace/files/a?history=true");
    const kept = await runAgainst(routes, ["files", "rm", "a", "--yes"]);
    expect(kept.requests[0]?.path).toBe("/v1/workspace/files/a");
  });
});
