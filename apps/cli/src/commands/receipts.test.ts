import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { refusal } from "../testing/fake-platform.ts";
import { runAgainst } from "../testing/run.ts";
import { makeSampleReceipt } from "../testing/sample-receipt.ts";

describe("receipts", () => {
  const row = { receiptId: "rcpt_1", taskId: "task_1", leafIndex: 7, sealedAt: "2026-11-29T10:00:00Z" };
  const detail = { ...row, envelope: {}, statement: { predicate: { v: 1 } } };

  test("list", async () => {
    const routes = { "GET /v1/receipts": { json: { receipts: [row] } } };
    const { io, requests } = await runAgainst(routes, ["receipts", "list", "--limit", "1", "--json"]);
    expect([io.document(), requests[0]?.path]).toEqual([{ receipts: [row] }, "/v1/receipts?pageSize=1"]);
    expect((await runAgainst(routes, ["receipts"])).io.out()).toMatch(/RECEIPT .*\nrcpt_1 {3}task_1 {2}7 /);
  });

  test("show gives the receipt, or the bundle byte for byte", async () => {
    const bundle = '{"a": 1.0,"b":"\\u001b"}\n';
    const routes = { "GET /v1/receipts/rcpt_1": { json: detail }, "GET /v1/receipts/rcpt_1/bundle": { text: bundle } };
    expect((await runAgainst(routes, ["receipts", "show", "rcpt_1", "--json"])).io.document()).toEqual(detail);
    expect((await runAgainst(routes, ["receipts", "show", "rcpt_1"])).io.out()).toContain('"predicate"');
    for (const json of [[], ["--json"]]) {
      expect((await runAgainst(routes, ["receipts", "show", "rcpt_1", "--bundle", ...json])).io.out()).toBe(bundle);
    }
  });

  test("show finds the receipt of a task", async () => {
    const taskId = "task_01hzzzzzzzzzzzzzzzzzzzzzzz";
    const routes = {
      [`GET /v1/tasks/${taskId}`]: { json: { agent: "echo" } },
      [`GET /agents/echo/runs/${taskId}/receipt`]: { json: detail },
      "GET /v1/receipts/rcpt_1": { json: detail },
    };
    expect((await runAgainst(routes, ["receipts", "show", taskId, "--json"])).io.document()).toEqual(detail);
  });

  test("one that is not there is 4", async () => {
    const routes = { "GET /v1/receipts/nope": refusal(404, "RECEIPT_NOT_FOUND", "There is no such receipt.") };
    expect((await runAgainst(routes, ["receipts", "show", "nope"])).code).toBe(4);
  });
});

describe("receipts verify", () => {
  let folder: string;
  let bundle: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "berth-cli-"));
    const [sample, other] = [await makeSampleReceipt(), await makeSampleReceipt()];
    bundle = sample.bundle;
    const files = {
      "receipt.json": bundle,
      "keys.json": sample.keys,
      "other-keys.json": other.keys,
      "no-keys.json": "{}",
    };
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const verify = (...argv: readonly string[]): ReturnType<typeof runAgainst> =>
    runAgainst({}, ["receipts", "verify", ...argv], { cwd: folder });

  test("without a trust file shows that the bundle agrees with itself, and says that this is all", async () => {
    const { code, io, requests } = await verify("receipt.json", "--json");
    expect([code, requests]).toEqual([0, []]);
    expect(io.document()).toMatchObject({
      valid: true,
      trusted: false,
      receiptId: "rcpt_1",
      taskId: "task_1",
      agent: "echo",
    });
    expect(io.err()).toContain("keys were not checked against a source you trust");
  });

  test("with the platform's keys is trusted", async () => {
    const { code, io } = await verify("receipt.json", "--trust", "keys.json");
    expect([code, io.err()]).toEqual([0, ""]);
    expect(io.out()).toContain("valid, and signed by keys you trust");
  });

  test("with the keys of another platform is 1", async () => {
    const { code, io } = await verify("receipt.json", "--trust", "other-keys.json", "--json");
    expect([code, io.document()]).toMatchObject([
      1,
      { valid: false, check: "trust.log", error: { reason: "RECEIPT_INVALID" } },
    ]);
    expect((await verify("receipt.json", "--trust", "no-keys.json")).code).toBe(1);
  });

  test("of a changed bundle is 1 and names what does not hold", async () => {
    await writeFile(join(folder, "changed.json"), bundle.replace('"kind":"status"', '"kind":"nope"'));
    const { code, io } = await verify("changed.json", "--json");
    expect([code, io.document()]).toMatchObject([1, { valid: false, check: "events" }]);
    const people = await verify("changed.json");
    expect([people.io.out(), people.io.err()]).toEqual(["", expect.stringMatching(/^✗ events: /)]);
  });

  test("reads stdin, and a file that is not there is wrong usage", async () => {
    const { code } = await runAgainst({}, ["receipts", "verify", "-"], { input: bundle });
    expect(code).toBe(0);
    expect((await verify("nope.json")).code).toBe(2);
  });
});
