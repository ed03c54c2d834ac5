import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { formatWitnessKey, witnessKey } from "@berth/ledger";
import { makeSampleLog, nodeSigner } from "@berth/ledger/testing";
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

  test("show passes on which events the bundle is to disclose, and refuses the choice without a bundle", async () => {
    const routes = { "GET /v1/receipts/rcpt_1/bundle": { text: "{}" } };
    const { requests } = await runAgainst(routes, ["receipts", "show", "rcpt_1", "--bundle", "--events", "1,5-9"]);
    expect(requests[0]?.path).toBe("/v1/receipts/rcpt_1/bundle?events=1%2C5-9");
    expect((await runAgainst(routes, ["receipts", "show", "rcpt_1", "--events", "all"])).code).toBe(2);
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

  test("show lists what was said of the run afterwards", async () => {
    const predicate = { verdict: "approved", approver: "usr_2", at: "2026-11-29T11:00:00.000Z" };
    const statement = { predicateType: "https://berth.dev/run-review/v1", predicate };
    const addenda = [{ addendumId: "add_1", kind: "review", leafIndex: 9, sealedAt: row.sealedAt, statement }];
    const routes = { "GET /v1/receipts/rcpt_1": { json: { ...detail, addenda } } };
    const { io } = await runAgainst(routes, ["receipts", "show", "rcpt_1"]);
    expect(io.out()).toMatch(/review +approved by usr_2, 2026-11-29T11:00:00.000Z, leaf 9\n/);
  });

  test("review signs the run off with a verdict and notes, and wants exactly one verdict", async () => {
    const made = { reviewId: "add_1", receiptId: "rcpt_1", taskId: "task_1", approver: "usr_2", verdict: "rejected" };
    const routes = { "POST /v1/receipts/rcpt_1/reviews": { json: { ...made, notes: "sha256:00" }, status: 201 } };
    const review = (...argv: readonly string[]): ReturnType<typeof runAgainst> =>
      runAgainst(routes, ["receipts", "review", "rcpt_1", ...argv]);
    const { code, io, requests } = await review("--reject", "--notes", "wrong total");
    expect([code, requests[0]?.body]).toEqual([0, '{"verdict":"rejected","notes":"wrong total"}']);
    expect(io.out()).toMatch(/verdict +rejected\n/);
    expect((await review("--notes", "x")).code).toBe(2);
    expect((await review("--approve", "--reject", "--notes", "x")).code).toBe(2);
    expect((await review("--approve")).code).toBe(2);
  });

  test("erase wants a reason and says what was erased", async () => {
    const erased = { receiptId: "rcpt_1", taskId: "task_1", events: 5, salts: "derived" };
    const routes = { "POST /v1/receipts/rcpt_1/erase": { json: erased } };
    const argv = ["receipts", "erase", "rcpt_1", "--yes"];
    const { code, io, requests } = await runAgainst(routes, [...argv, "--reason", "asked to"]);
    expect([code, requests[0]?.body]).toEqual([0, '{"reason":"asked to"}']);
    expect(io.out()).toMatch(/events +5 erased\n/);
    expect(io.err()).toContain("salt key can try");
    expect((await runAgainst(routes, argv)).code).toBe(2);
  });

  test("one that is not there is 4", async () => {
    const routes = { "GET /v1/receipts/nope": refusal(404, "RECEIPT_NOT_FOUND", "There is no such receipt.") };
    expect((await runAgainst(routes, ["receipts", "show", "nope"])).code).toBe(4);
  });
});

describe("receipts verify and redact", () => {
  let folder: string;
  let bundle: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "berth-cli-"));
    const [sample, other] = [await makeSampleReceipt(), await makeSampleReceipt()];
    bundle = sample.bundle;
    const reviewed = await makeSampleLog({ addenda: ["eval", "review", "adjust"] });
    const files = {
      "receipt.json": bundle,
      "reviewed.json": reviewed.bundle,
      "keys.json": sample.keys,
      "other-keys.json": other.keys,
      "no-keys.json": "{}",
    };
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const verify = (...argv: readonly string[]): ReturnType<typeof runAgainst> =>
    runAgainst({}, ["receipts", "verify", ...argv], { cwd: folder });

  const redact = (...argv: readonly string[]): ReturnType<typeof runAgainst> =>
    runAgainst({}, ["receipts", "redact", ...argv], { cwd: folder });

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

  test("many bundles in one file are verified line by line, to the first that does not hold", async () => {
    const changed = bundle.replace('"kind":"status"', '"kind":"nope"');
    const lines = Array.from({ length: 300 }, () => bundle);
    await writeFile(join(folder, "many.jsonl"), `${lines.join("\n")}\n`);
    const good = await verify("many.jsonl", "--trust", "keys.json", "--json");
    expect([good.code, good.io.document()]).toEqual([0, { valid: true, trusted: true, receipts: 300 }]);
    for (const at of [3, 270]) {
      await writeFile(join(folder, "bad.jsonl"), lines.with(at, changed).join("\n"));
      const bad = await verify("bad.jsonl", "--json");
      expect([bad.code, bad.io.document()]).toMatchObject([1, { valid: false, check: "events", line: at + 1 }]);
    }
  });

  test("with --witness the log's head must be signed by as many as are wanted", async () => {
    const key = formatWitnessKey(witnessKey("other.test/witness", nodeSigner().publicKey));
    const { code, io } = await verify("receipt.json", "--witness", key, "--json");
    expect([code, io.document()]).toMatchObject([1, { valid: false, check: "trust.witnesses" }]);
    expect((await verify("receipt.json", "--witness", key, "--witnesses", "2")).code).toBe(2);
    expect((await verify("receipt.json", "--witnesses", "1")).code).toBe(2);
    expect((await verify("receipt.json", "--witness", key.replace("other", "0ther"))).code).toBe(2);
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

  test("shows what was said of the run afterwards, and the events that a redacted bundle still has", async () => {
    const { io } = await verify("reviewed.json", "--json");
    expect(io.document()).toMatchObject({
      events: { total: 3, disclosed: 3 },
      addenda: [
        { kind: "eval" },
        { kind: "review" },
        { kind: "adjust", statement: { predicate: { amount: "-0.0123" } } },
      ],
    });
    const redacted = await redact("reviewed.json", "--keep", "2", "--keep-kind", "accepted");
    await writeFile(join(folder, "redacted.json"), redacted.io.out());
    const people = (await verify("redacted.json")).io.out();
    expect(people).toMatch(/events +2 of 3 disclosed\n *disclosed +1 accepted, 2 status\n/);
    expect(people).toMatch(/eval +totals: 0\.75, 1 failed, /);
    expect(people).toMatch(/review +approved by usr_2, /);
    expect(people).toMatch(/adjust +-0\.0123 USD by usr_3, /);
  });

  test("of a changed addendum says which", async () => {
    const text = await readFile(join(folder, "reviewed.json"), "utf8");
    const changed = text.replace('"addenda":[{"envelope":{"payload":"', '"addenda":[{"envelope":{"payload":"AAAA');
    await writeFile(join(folder, "changed-addendum.json"), changed);
    const { code, io } = await verify("changed-addendum.json", "--json");
    expect([code, io.document()]).toMatchObject([1, { check: "addenda", index: 0 }]);
  });

  test("reads stdin, and a file that is not there is wrong usage", async () => {
    const { code } = await runAgainst({}, ["receipts", "verify", "-"], { input: bundle });
    expect(code).toBe(0);
    expect((await verify("nope.json")).code).toBe(2);
  });

  test("redact keeps what is named and nothing else, and refuses what it does not understand", async () => {
    const none = await redact("receipt.json");
    expect(none.code).toBe(0);
    expect(none.io.out()).not.toContain('"salt"');
    expect((await redact("receipt.json", "--keep", "5-3")).code).toBe(2);
    expect((await redact("keys.json")).code).toBe(2);
  });
});
