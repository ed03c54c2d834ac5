import { writeFile } from "node:fs/promises";
import { canonicalJson, contentEntry } from "@berth/ledger";
import { temporaryFolder } from "@berth/testing";
import { describe, expect, test } from "vitest";
import { runCli } from "../run-cli.ts";
import { createFakeIo } from "../testing/fake-io.ts";
import type { FakeIo } from "../testing/fake-io.ts";
import { startFakePlatform } from "../testing/fake-platform.ts";
import { runAgainst } from "../testing/run.ts";
import { sampleKeys, sampleLog } from "../testing/sample-log.ts";

const ENTRY = {
  auditId: "aud_1",
  salt: "c2FsdA",
  orgId: "org_1",
  at: "2026-11-29T10:00:00.000Z",
  actor: "usr_1",
  action: "key.create",
  resource: "key_1",
  outcome: "ok",
} as const;

describe("audit", () => {
  test("shows what matches, and asks for no more", async () => {
    const { code, io, requests } = await runAgainst({ "GET /v1/audit": { json: { entries: [ENTRY] } } }, [
      "audit",
      "--action",
      "key.",
      "--limit",
      "5",
    ]);
    expect(code).toBe(0);
    expect(io.out()).toContain("key.create");
    expect(requests[0]?.path).toBe("/v1/audit?action=key.&limit=5");
  });

  test("exports every page, one document a line", async () => {
    const pages = [
      { entries: [{ class_uid: 6003 }, { class_uid: 3002 }], nextPageToken: "next" },
      { entries: [{ class_uid: 3001 }], nextPageToken: "" },
    ];
    const { io, requests } = await runAgainst({ "GET /v1/audit": () => ({ json: pages.shift() }) }, [
      "audit",
      "--export",
      "ocsf",
    ]);
    expect(io.out().trim().split("\n")).toEqual(['{"class_uid":6003}', '{"class_uid":3002}', '{"class_uid":3001}']);
    expect(requests.map(({ path }) => path)).toEqual([
      "/v1/audit?limit=1000&format=ocsf",
      "/v1/audit?limit=1000&format=ocsf&pageToken=next",
    ]);
  });

  test("knows two formats", async () => {
    const { code, io } = await runAgainst({}, ["audit", "--export", "xml"]);
    expect([code, io.err()]).toEqual([2, expect.stringContaining("jsonl and ocsf")]);
  });
});

describe("audit verify", () => {
  const leaf = contentEntry("audit", Buffer.from(canonicalJson(ENTRY)), "cp:x");
  const log = sampleLog(["a", "b", leaf, "c", "d"]);
  const verify = async (change: object, argv: readonly string[] = []): Promise<{ code: number; said: string }> => {
    const proof = { entry: ENTRY, leaf, proof: await log.tlogProof(2), vkey: log.vkey, ...change };
    const { code, io } = await runAgainst({}, ["audit", "verify", "-", ...argv], { input: JSON.stringify(proof) });
    return { code, said: io.out() + io.err() };
  };

  test("accepts an entry that is in the log, and says that the log's key is unchecked", async () => {
    const { code, said } = await verify({});
    expect(code).toBe(0);
    expect(said).toContain("leaf 2 of 5");
    expect(said).toContain("--trust");
  });

  test.each([
    ["another actor", { entry: { ...ENTRY, actor: "usr_2" } }],
    ["no salt", { entry: { ...ENTRY, salt: "" } }],
    ["a leaf of another kind", { leaf: leaf.replace('"k":"audit"', '"k":"receipt"') }],
    ["another log's key", { vkey: sampleLog([], sampleKeys()).vkey }],
    ["no proof", { proof: "" }],
  ])("refuses one with %s", async (_, change) => {
    expect((await verify(change)).code).toBe(1);
  });

  test("refuses a log that is not trusted", async () => {
    using folder = temporaryFolder("berth-audit");
    await writeFile(`${folder.path}/own.json`, log.keys);
    await writeFile(`${folder.path}/other.json`, sampleLog([]).keys);
    expect((await verify({}, ["--trust", `${folder.path}/own.json`])).said).toContain("valid, in a log you trust");
    expect((await verify({}, ["--trust", `${folder.path}/other.json`])).code).toBe(1);
  });
});

describe("ledger keys", () => {
  test("are rotated and revoked by name", async () => {
    const rotated = await runAgainst({ "POST /v1/ledger/keys/rotate": { json: { keyId: "sa:new" } } }, [
      "ledger",
      "rotate-key",
      "sa",
      "--agent",
      "echo",
      "--yes",
      "--json",
    ]);
    expect([rotated.code, rotated.io.document()]).toEqual([0, { keyId: "sa:new" }]);
    expect(JSON.parse(rotated.requests[0]?.body ?? "")).toEqual({ role: "sa", agent: "echo" });
    const revoked = await runAgainst({ "POST /v1/ledger/keys/revoke": { json: { keyId: "cp:old" } } }, [
      "ledger",
      "revoke-key",
      "cp:old",
      "--yes",
    ]);
    expect([revoked.code, revoked.io.out()]).toEqual([0, expect.stringContaining("Revoked cp:old")]);
  });

  test.each([["log"], ["sa"], ["cp", "--agent", "echo"]])("cannot be rotated as %s %s %s", async (...argv) => {
    const { code, requests } = await runAgainst({}, ["ledger", "rotate-key", ...argv, "--yes"]);
    expect([code, requests]).toEqual([2, []]);
  });
});

describe("ledger witness", () => {
  test("shows both sides, and changes one", async () => {
    const routes = {
      "GET /v1/ledger/witness/logs": { json: { vkey: "w+1+k", logs: [{ origin: "a/ledger", size: 7 }] } },
      "GET /v1/ledger/witnesses": { json: { witnesses: [], witnessedSize: 0 } },
      "POST /v1/ledger/witness/logs": { json: { origin: "b/ledger", vkey: "b+2+k", size: 0, root: "" }, status: 201 },
      "POST /v1/ledger/witnesses": { json: { vkey: "x", url: "https://x.test" }, status: 201 },
    };
    const shown = await runAgainst(routes, ["ledger", "witness"]);
    expect(shown.io.out()).toContain("a/ledger");
    expect(shown.io.out()).toContain("No witnesses are asked.");
    const added = await runAgainst(routes, ["ledger", "witness", "add", "b+2+k"]);
    expect(added.io.out()).toContain("b/ledger is cosigned");
    const asked = await runAgainst(routes, ["ledger", "witness", "ask", "x", "--at", "https://x.test"]);
    expect([asked.code, JSON.parse(asked.requests[0]?.body ?? "")]).toEqual([0, { vkey: "x", url: "https://x.test" }]);
    expect((await runAgainst(routes, ["ledger", "witness", "ask", "x"])).code).toBe(2);
  });
});

describe("ledger check --remember", () => {
  const counts = { tasks: 0, receipts: 0, journals: 0, pending: 0, differences: [] };
  const pair = sampleKeys();
  const entries = Array.from({ length: 9 }, (_, i) => `entry ${i}`);
  const honest = sampleLog(entries, pair);
  const forked = sampleLog(entries.toSpliced(1, 1, "another"), pair);

  test("keeps the log's head, wants it to have grown, and sees a fork, a rollback and another key", async () => {
    using home = temporaryFolder("berth-remember");
    let now = { log: honest, size: 3 };
    const seen = async (log: typeof honest, size: number): Promise<number> => {
      now = { log, size };
      return (await runCheck()).code;
    };
    await using platform = await startFakePlatform({
      "GET /v1/ledger/check": { json: counts },
      "GET /ledger/checkpoint": () => ({ text: checkpoints.get(now.log)?.get(now.size) ?? "" }),
      "GET /ledger/keys": () => ({ text: now.log.keys }),
      "GET /ledger/consistency": ({ path }) => {
        const query = new URL(path, "http://x").searchParams;
        return { json: { proof: now.log.consistency(Number(query.get("from")), Number(query.get("to"))) } };
      },
    });
    const runCheck = async (): Promise<{ code: number; io: FakeIo }> => {
      const io = createFakeIo({ userHome: home.path, env: { BERTH_URL: platform.url, BERTH_TOKEN: "key" } });
      return { code: await runCli(["ledger", "check", "--remember"], io), io };
    };
    const checkpoints = new Map<typeof honest, Map<number, string>>();
    const other = sampleLog(entries, sampleKeys());
    for (const log of [honest, forked, other]) {
      const notes = await Promise.all([3, 5, 7, 9].map(async (size) => [size, await log.checkpoint(size)] as const));
      checkpoints.set(log, new Map(notes));
    }
    expect(await seen(honest, 3)).toBe(0);
    expect(await seen(honest, 7)).toBe(0);
    expect(await seen(honest, 5)).toBe(1);
    expect(await seen(forked, 9)).toBe(1);
    expect(await seen(other, 9)).toBe(1);
    now = { log: honest, size: 9 };
    expect((await runCheck()).io.out()).toContain("9 entries, grown from 7");
  });
});
