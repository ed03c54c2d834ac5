import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PlatformProcess, deployFolder, temporaryFolder, waitFor } from "@berth/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCli } from "../src/run-cli.ts";
import { TAR_END, readTar, tarFile } from "../src/pack/ustar.ts";
import type { PackFile } from "../src/pack/ustar.ts";
import { createFakeIo } from "../src/testing/fake-io.ts";
import type { FakeIo } from "../src/testing/fake-io.ts";

const AGENT = `
import { defineAgent, skill } from "@berth/sdk";
export default defineAgent({
  name: "clerk", version: "1.0.0", description: "Works, or waits to be stopped.",
  skills: {
    work: skill({ description: "Works", tags: ["demo"], async run(input) { return { done: true, input }; } }),
    wait: skill({ description: "Waits", tags: ["demo"], async run(_input, ctx) {
      const stopped = new Promise((resolve) => ctx.signal.addEventListener("abort", resolve));
      await ctx.progress({ text: "waiting" });
      if (!ctx.signal.aborted) await stopped;
      return {};
    } }),
  },
});`;

const folder = temporaryFolder();
const anchorFile = (): string => join(folder.path, "anchors.jsonl");
let platform: PlatformProcess;
let caller = "";
let pack: readonly PackFile[] = [];
let packed = "";
/** The bundle of the oldest receipt, proved against an earlier head. */
let earlier = "";
let receipts: readonly { readonly receiptId: string }[] = [];

async function a2a(...argv: readonly string[]): Promise<{ readonly code: number; readonly io: FakeIo }> {
  const io = createFakeIo({ env: { BERTH_URL: platform.url, BERTH_TOKEN: platform.token }, cwd: folder.path });
  return { code: await runCli(argv, io), io };
}

async function call(path: string, body: unknown, token: string, prefer = ""): Promise<Record<string, unknown>> {
  const headers = { "content-type": "application/json", authorization: `Bearer ${token}`, prefer };
  // Documented answers of the platform.
  return (await (await platform.fetch(path, { method: "POST", headers, body: JSON.stringify(body) })).json()) as Record<
    string,
    unknown
  >;
}

const month = (n: number): string => {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + n)).toISOString().slice(0, 10);
};

async function filesOf(tar: string): Promise<readonly PackFile[]> {
  const files: PackFile[] = [];
  for await (const { name, text } of readTar(chunks(tar))) files.push({ name, text });
  return files;
}

async function* chunks(text: string): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  // Of odd sizes, as they come from a pipe.
  for (let from = 0; from < bytes.length; from += 1_009) yield bytes.subarray(from, from + 1_009);
}

beforeAll(async () => {
  const source = join(folder.path, "clerk");
  await mkdir(source);
  const price = { currency: "USD", perCall: "0.01", perSecond: "0.0005", platformShare: "0.2" };
  const manifest = { name: "clerk", type: "module", main: "agent.ts", dependencies: { "@berth/sdk": "0.1.0" } };
  await writeFile(join(source, "package.json"), JSON.stringify(manifest));
  await writeFile(join(source, "berth.json"), JSON.stringify({ name: "clerk", price }));
  await writeFile(join(source, "agent.ts"), AGENT);
  platform = await PlatformProcess.start({ home: `${folder.path}/home`, env: { BERTH_ANCHOR_FILE: anchorFile() } });
  await deployFolder(platform, source);
  caller = String((await call("/v1/keys", { name: "caller", scopes: ["invoke"] }, platform.token))["key"]);
  for (let n = 0; n < 4; n++) await call("/agents/clerk/invoke/work", { n }, caller);
  const list = (await a2a("receipts", "list", "--json")).io.document();
  receipts = (list as { readonly receipts: typeof receipts }).receipts; // the command's documented output
  const oldest = receipts.at(-1)?.receiptId ?? "";
  earlier = (await a2a("receipts", "show", oldest, "--bundle", "--events", "none")).io.out().trimEnd();
  const [newest, second] = receipts.map(({ receiptId }) => receiptId);
  expect((await a2a("billing", "refund", newest ?? "", "--reason", "too late")).code).toBe(0);
  expect((await a2a("receipts", "review", second ?? "", "--approve", "--notes", "a canary in the notes")).code).toBe(0);
  await waitFor("the addenda", async () => {
    const shown = await Promise.all(
      [newest, second].map(async (id) => (await a2a("receipts", "show", id ?? "")).io.out()),
    );
    return /adjust +-/.test(shown[0] ?? "") && /review +approved/.test(shown[1] ?? "");
  });
  await writeFile(join(folder.path, "keys.json"), await (await platform.fetch("/ledger/keys")).text());
  const { code, io } = await a2a("receipts", "pack", "--since", month(0), "--until", month(1));
  expect([code, io.err()]).toEqual([0, expect.stringContaining("files, ")]);
  packed = io.out();
  pack = await filesOf(packed);
});

afterAll(async () => {
  await platform.stop();
  // It stands outside of the platform what the log was at the end.
  expect(await readFile(anchorFile(), "utf8")).toMatch(/^\{"at":.*"checkpoint":"localhost.*\}\n$/);
  folder[Symbol.dispose]();
});

/** The id of a task whose run is under way and waits. */
async function waitingRun(): Promise<string> {
  const taskId = String((await call("/agents/clerk/invoke/wait", {}, caller, "respond-async"))["taskId"]);
  await waitFor("the run", async () => {
    return (await (await platform.fetch(`/v1/tasks/${taskId}/events`)).text()).includes("waiting");
  });
  return taskId;
}

async function receiptOf(taskId: string): Promise<void> {
  await waitFor("the receipt", async () => (await a2a("receipts", "show", taskId)).code === 0);
}

/** Verifies the pack after a change to its files; the index is made to fit unless the change is to the index. */
async function verify(
  change: (files: readonly PackFile[]) => readonly PackFile[],
  { fit = true, argv = [] }: { readonly fit?: boolean; readonly argv?: readonly string[] } = {},
): Promise<Record<string, unknown>> {
  const changed = change(pack);
  const files = fit ? fitted(changed) : changed;
  return await verifyTar(files.map((file) => tarFile(file, 0)).join("") + TAR_END, argv);
}

async function verifyTar(tar: string, argv: readonly string[] = []): Promise<Record<string, unknown>> {
  await writeFile(join(folder.path, "changed.tar"), tar);
  const { code, io } = await a2a("receipts", "verify-pack", "changed.tar", "--trust", "keys.json", "--json", ...argv);
  return { code, ...(io.document() as Record<string, unknown>) }; // the command's documented output
}

function fitted(files: readonly PackFile[]): readonly PackFile[] {
  return files.map((file) => {
    if (file.name !== "index.json") return file;
    const listed = files.slice(0, -1).map(({ name, text }) => ({
      name,
      bytes: Buffer.byteLength(text),
      sha256: createHash("sha256").update(text).digest("hex"),
    }));
    const lines = (of: string): number =>
      files.filter(({ name }) => name.startsWith(of)).reduce((sum, { text }) => sum + text.split("\n").length - 1, 0);
    const counts = { receipts: listed.filter(({ name }) => name.startsWith("receipts/")).length };
    const index = { ...JSON.parse(file.text), ...counts, audit: lines("audit/"), journals: lines("journals/") };
    return { ...file, text: JSON.stringify({ ...index, files: listed }) };
  });
}

const edit =
  (begin: string, change: (text: string) => string) =>
  (files: readonly PackFile[]): readonly PackFile[] =>
    files.map((file) => (file.name.startsWith(begin) ? { ...file, text: change(file.text) } : file));
const without =
  (which: (name: string) => boolean) =>
  (files: readonly PackFile[]): readonly PackFile[] =>
    files.filter(({ name }) => !which(name));
const nthReceipt = (n: number): string => pack.filter(({ name }) => name.startsWith("receipts/"))[n]?.name ?? "";

describe("a compliance pack", () => {
  test("holds receipts, acts, journals, statements, keys and the log's head, in one order", () => {
    const names = pack.map(({ name }) => name.replace(/-rcpt_.*/, "").replace(/\d{4}-\d\d\./, "M."));
    expect(names).toEqual([
      "README.txt",
      "ledger/keys.json",
      ...Array.from({ length: 4 }, () => expect.stringMatching(/^receipts\/\d{12}$/)),
      "audit/000001.jsonl",
      "journals/000001.jsonl",
      "statements/M.json",
      "statements/M.csv",
      "ledger/checkpoint",
      "ledger/consistency.jsonl",
      "index.json",
    ]);
    expect(packed).not.toContain('"salt":""');
    const bundles = pack.filter(({ name }) => name.startsWith("receipts/")).map(({ text }) => text);
    expect(bundles.join("")).not.toContain("canary");
  });

  test("verifies offline, whole, with keys that one trusts", async () => {
    const result = await verifyTar(packed);
    expect(result).toMatchObject({
      code: 0,
      valid: true,
      trusted: true,
      receipts: 4,
      addenda: 2,
      journals: 5,
      open: [],
    });
    expect(await verify((files) => files)).toMatchObject({ code: 0 });
    const people = await a2a("receipts", "verify-pack", "changed.tar");
    expect([people.code, people.io.err()]).toEqual([0, expect.stringContaining("were not checked")]);
    expect(people.io.out()).toMatch(/receipts +4\n/);
  });

  test("is refused for whatever is changed in it, and says what and where", async () => {
    const journals = (change: (line: string) => string) =>
      edit("journals/", (text) =>
        text
          .split("\n")
          .map((line) => (line === "" ? "" : change(line)))
          .join("\n"),
      );
    const dropJournal = edit("journals/", (text) => text.slice(text.indexOf("\n") + 1));
    const cases: readonly (readonly [string, string, ReturnType<typeof edit>])[] = [
      ["a bit of a receipt", "receipts", edit(nthReceipt(1), (text) => text.replace('"payload":"e', '"payload":"f'))],
      ["a receipt left out", "completeness", without((name) => name === nthReceipt(1))],
      ["a newest receipt left out", "journals", without((name) => name === nthReceipt(3))],
      [
        "an audit entry changed",
        "audit",
        edit("audit/", (text) => text.replace('"outcome":"ok"', '"outcome":"failed"')),
      ],
      ["a journal left out", "journals", dropJournal],
      ["a journal's caller changed", "journals", journals((line) => line.replace('"caller":"', '"caller":"x'))],
      ["a journal's amount changed", "journals", journals((line) => line.replace('"amount":"0.01', '"amount":"0.02'))],
      [
        "a statement changed",
        "statements",
        edit("statements/", (text) => text.replace(/"total":.*/, '"total":{"amount":"1"}}')),
      ],
      [
        "a statement's total of another type",
        "statements",
        edit("statements/", (text) => text.replace(/"total":.*/, '"total":null}')),
      ],
      ["no head", "ledger", without((name) => name === "ledger/checkpoint")],
      ["another file", "archive", (files) => [{ name: "notes.txt", text: "x" }, ...files]],
      ["no keys", "ledger", without((name) => name === "ledger/keys.json")],
      ["no index", "index", without((name) => name === "index.json")],
    ];
    for (const [what, check, change] of cases) {
      expect(await verify(change), what).toMatchObject({ code: 1, valid: false, check });
    }
    const refundedAddendum = edit(nthReceipt(3), (text) => {
      const { addenda: _addenda, ...rest } = JSON.parse(text);
      return JSON.stringify(Object.fromEntries(Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1))));
    });
    expect(await verify(refundedAddendum)).toMatchObject({ check: "journals" });
    const readme = edit("README", () => "another");
    expect(await verify(readme, { fit: false })).toMatchObject({ check: "index" });
    expect(
      await verify(
        without((name) => name === "README.txt"),
        { fit: false },
      ),
    ).toMatchObject({ check: "index" });
  });

  test("wants every head that is used in it to be an earlier state of the last", async () => {
    const sizeOf = (note: string): number => Number(note.split("\n")[1]);
    const from = sizeOf((JSON.parse(earlier) as { readonly log: { readonly checkpoint: string } }).log.checkpoint); // a bundle
    const to = sizeOf(pack.find(({ name }) => name === "ledger/checkpoint")?.text ?? "");
    const older = edit(nthReceipt(0), () => earlier);
    expect(await verify(older)).toMatchObject({ code: 1, check: "ledger" });
    const { proof } = (await (await platform.fetch(`/ledger/consistency?from=${from}&to=${to}`)).json()) as {
      readonly proof: readonly string[]; // the platform's documented answer
    };
    const prove = (hashes: readonly string[]): ReturnType<typeof edit> =>
      edit("ledger/consistency", (text) => `${text}${JSON.stringify({ from, to, proof: hashes })}\n`);
    expect(await verify((files) => prove(proof)(older(files)))).toMatchObject({ code: 0 });
    expect(await verify((files) => prove(proof.toReversed())(older(files)))).toMatchObject({ check: "ledger" });
  });

  test("is refused when it is cut off, goes on, or is no pack at all", async () => {
    for (const tar of [packed.slice(0, -700), packed.slice(0, 5_000), `${packed}x`, "", "x".repeat(2_000)]) {
      expect(await verifyTar(tar)).toMatchObject({ code: 1, check: "archive" });
    }
    expect((await a2a("receipts", "verify-pack", "nowhere.tar")).code).toBe(2);
  });

  test("names runs that have not ended, and is whole once they have", async () => {
    const taskId = await waitingRun();
    await call("/agents/clerk/invoke/work", { n: 5 }, caller);
    const write = async (): Promise<string> =>
      (await a2a("receipts", "pack", "--since", month(0), "--agent", "clerk")).io.out();
    const early = await write();
    expect(await verifyTar(early)).toMatchObject({ code: 1, check: "completeness" });
    expect(await verifyTar(early, ["--allow-open"])).toMatchObject({ code: 0, receipts: 5, open: [{ agentSeq: 5 }] });
    await call(`/v1/tasks/${taskId}/cancel`, {}, platform.token);
    await receiptOf(taskId);
    expect(await verifyTar(await write())).toMatchObject({ code: 0, receipts: 6, audit: 0, open: [] });
  });

  test("closes the count with runs that ended outside of the span", async () => {
    const taskId = await waitingRun();
    await call("/agents/clerk/invoke/work", { n: 6 }, caller);
    const until = new Date().toISOString();
    await call(`/v1/tasks/${taskId}/cancel`, {}, platform.token);
    await receiptOf(taskId);
    const { io } = await a2a("receipts", "pack", "--since", month(0), "--until", until);
    expect(await verifyTar(io.out())).toMatchObject({ code: 0, receipts: 8, open: [] });
  });

  test("wants a span and somewhere to go", async () => {
    expect((await a2a("receipts", "pack")).code).toBe(2);
    expect((await a2a("receipts", "pack", "--since", "2026-12-01", "--until", "2026-11-01")).code).toBe(2);
    expect((await a2a("receipts", "pack", "--since", "soon")).code).toBe(2);
  });
});
