import { createHash } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { isPlatformError } from "@berth/protocol";
import { parseBundle, parseRunReceipt, parseTlogProof, payloadOf } from "@berth/ledger";
import type { AuditEntryInfo, JournalInfo, PlatformClient, ReceiptLine } from "@berth/sdk/client";
import { assertFits, listReceipts } from "./list-receipts.ts";
import type { PackRange } from "./list-receipts.ts";
import { LINES_PER_FILE, PACK_TYPE, receiptFileName } from "./pack-index.ts";
import type { OpenRun, PackIndex } from "./pack-index.ts";
import { PACK_README } from "./pack-readme.ts";
import type { PackFile } from "./ustar.ts";

export interface PackOptions extends PackRange {
  /** Which events bundles disclose. */
  readonly events: "all" | "none";
}

const PATIENCE_MS = 20_000;
const PAUSE_MS = 250;

/** The files of a pack, in order, each made when it is asked for. The same range gives the same files and order. */
export async function* packFiles(client: PlatformClient, options: PackOptions): AsyncGenerator<PackFile> {
  const files: PackIndex["files"][number][] = [];
  const noted = (file: PackFile): PackFile => {
    const { name, text } = file;
    const sha256 = createHash("sha256").update(text).digest("hex");
    files.push({ name, bytes: Buffer.byteLength(text), sha256 });
    return file;
  };
  const heads = new Set<number>();
  yield noted({ name: "README.txt", text: PACK_README });
  yield noted({ name: "ledger/keys.json", text: await client.ledger.keys() });

  // Before the receipts: what ended by then is sealed a moment later, and waited for.
  const journals = new Map<string, JournalInfo>();
  for (const journal of await listJournals(client, options)) journals.set(journal.journalId, journal);
  const { lines, open } = await sealedReceipts(client, options, [...journals.values()]);
  for (const line of lines) {
    const text = await patiently(async () => await client.receipts.bundle(line.receiptId, { events: options.events }));
    yield noted({ name: receiptFileName(line), text });
    const { checkpoint, needed } = readBundle(text);
    heads.add(sizeOf(checkpoint));
    if (needed.every((id) => journals.has(id))) continue;
    const { journals: found } = await client.billing.journals({ task: line.taskId, pageSize: 100 });
    for (const journal of found) journals.set(journal.journalId, journal);
  }

  let audit = 0;
  let unproved = 0;
  if (options.agent === undefined) {
    const { sealed, unsealed } = await listAudit(client, options);
    for (const [part, ids] of inParts(sealed)) {
      const proofs: string[] = [];
      for (const id of ids) {
        const proof = await patiently(async () => await client.audit.proof(id));
        heads.add(sizeOf(parseTlogProof(textOf(proof["proof"])).checkpoint));
        proofs.push(JSON.stringify(proof));
      }
      yield noted({ name: `audit/${part}.jsonl`, text: toLines(proofs) });
    }
    [audit, unproved] = [sealed.length, unsealed.length];
    if (unproved > 0) yield noted({ name: "audit/unproved.jsonl", text: toLines(unsealed) });
  }

  const ordered = [...journals.values()].toSorted((a, b) => compare(a.at, b.at) || compare(a.journalId, b.journalId));
  for (const [part, some] of inParts(ordered)) {
    yield noted({ name: `journals/${part}.jsonl`, text: toLines(some.map((journal) => JSON.stringify(journal))) });
  }
  if (options.agent === undefined) {
    for (const month of monthsOf(options)) {
      const statement = await client.billing.statement(month);
      yield noted({ name: `statements/${month}.json`, text: `${JSON.stringify(statement)}\n` });
      yield noted({ name: `statements/${month}.csv`, text: await client.billing.statementCsv(month) });
    }
  }

  const checkpoint = await client.ledger.checkpoint();
  const size = sizeOf(checkpoint);
  const proofs: string[] = [];
  for (const from of [...heads].toSorted((a, b) => a - b)) {
    if (from < size)
      proofs.push(JSON.stringify({ from, to: size, proof: await client.ledger.consistency(from, size) }));
  }
  yield noted({ name: "ledger/checkpoint", text: checkpoint });
  yield noted({ name: "ledger/consistency.jsonl", text: toLines(proofs) });

  const { since, until, agent } = options;
  const counts = { receipts: lines.length, audit, unproved, journals: journals.size };
  const range = { type: PACK_TYPE, since, until, ...(agent === undefined ? {} : { agent }) } as const;
  const index: PackIndex = { ...range, ...counts, open, files };
  yield { name: "index.json", text: `${JSON.stringify(index, undefined, 1)}\n` };
}

/** Receipts of the range, once every run that was booked in it has its own. */
async function sealedReceipts(
  client: PlatformClient,
  range: PackRange,
  journals: readonly JournalInfo[],
): Promise<{ readonly lines: readonly ReceiptLine[]; readonly open: readonly OpenRun[] }> {
  const booked = journals.filter(({ kind }) => kind === "run").map(({ taskId }) => taskId);
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await listReceipts(client, range);
    const tasks = new Set(found.lines.map(({ taskId }) => taskId));
    if (booked.every((taskId) => tasks.has(taskId)) || Date.now() > deadline) return found;
    await setTimeout(PAUSE_MS);
  }
}

async function listJournals(client: PlatformClient, { since, until, agent }: PackRange): Promise<JournalInfo[]> {
  const all: JournalInfo[] = [];
  let pageToken = "";
  do {
    const query = { from: since, to: until, pageSize: 100, ...(pageToken === "" ? {} : { pageToken }) };
    const page = await client.billing.journals(query);
    all.push(...page.journals.filter(({ agentName }) => agent === undefined || agentName === agent));
    assertFits(all.length, "journals");
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  return all;
}

/** Oldest first: ids of what has a proof, or soon will, and the text of what is older than proofs are. */
async function listAudit(
  client: PlatformClient,
  { since, until }: PackRange,
): Promise<{ readonly sealed: readonly string[]; readonly unsealed: readonly string[] }> {
  const sealed: string[] = [];
  const unsealed: string[] = [];
  let pageToken = "";
  do {
    const query = { from: since, to: until, limit: 1_000, ...(pageToken === "" ? {} : { pageToken }) };
    const page = await client.audit.query(query);
    for (const entry of page.entries) {
      if (isSalted(entry)) sealed.push(entry.auditId);
      else unsealed.push(JSON.stringify(entry));
    }
    assertFits(sealed.length + unsealed.length, "audit entries");
    pageToken = page.nextPageToken ?? "";
  } while (pageToken !== "");
  return { sealed: sealed.toReversed(), unsealed: unsealed.toReversed() };
}

/** Only entries that get a leaf have a salt. */
function isSalted(entry: AuditEntryInfo): boolean {
  return "salt" in entry && entry.salt !== "";
}

/** The head that a bundle is proved against, and the journals that it and its refunds name. */
function readBundle(text: string): { readonly checkpoint: string; readonly needed: readonly string[] } {
  const { log, envelope, addenda = [] } = parseBundle(text);
  const { gl } = parseRunReceipt(payloadOf(envelope)).predicate;
  const refunds = addenda.flatMap((addendum) => {
    // Whether it is a well-formed addendum is for whoever verifies.
    const statement = JSON.parse(Buffer.from(payloadOf(addendum.envelope)).toString()) as {
      readonly predicate?: { readonly journal?: string };
    };
    return statement.predicate?.journal ?? [];
  });
  return { checkpoint: log.checkpoint, needed: [...(gl === undefined ? [] : [gl.journal]), ...refunds] };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** The second line of a checkpoint. */
function sizeOf(checkpoint: string): number {
  return Number(checkpoint.split("\n")[1]);
}

function* inParts<T>(items: readonly T[]): Generator<readonly [string, readonly T[]]> {
  for (let from = 0; from < items.length; from += LINES_PER_FILE) {
    yield [String(from / LINES_PER_FILE + 1).padStart(6, "0"), items.slice(from, from + LINES_PER_FILE)];
  }
}

function toLines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join("");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function* monthsOf({ since, until }: PackRange): Generator<string> {
  const first = new Date(since);
  for (let n = 0; ; n++) {
    const month = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + n)).toISOString();
    if (month >= until) return;
    yield month.slice(0, 7);
  }
}

/** What is being sealed, or refused for a moment, is asked for again. */
async function patiently<T>(act: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await act();
    } catch (error) {
      const passing = isPlatformError(error) && (error.retryable || error.reason === "RATE_LIMITED");
      if (!passing || Date.now() > deadline) throw error;
      await setTimeout(PAUSE_MS);
    }
  }
}
