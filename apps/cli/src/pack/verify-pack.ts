import {
  LedgerError,
  RUN_ADJUST_TYPE,
  decodeBase64,
  parseTrustPolicy,
  parseVerifierKey,
  verifyCheckpoint,
  verifyConsistency,
} from "@berth/ledger";
import type { Checkpoint, TrustPolicy, VerifiedReceipt } from "@berth/ledger";
import { openVerifyPool } from "@berth/ledger/node";
import type { VerifyPool } from "@berth/ledger/node";
import type { JournalInfo, StatementInfo } from "@berth/sdk/client";
import { verifyAuditProof } from "../run/verify-audit-proof.ts";
import { matchJournals, toMicros } from "./match-journals.ts";
import type { BookedRun } from "./match-journals.ts";
import { PackError } from "./pack-error.ts";
import type { PackCheck } from "./pack-error.ts";
import { PACK_TYPE, gapsIn } from "./pack-index.ts";
import type { OpenRun, PackIndex } from "./pack-index.ts";
import type { PackFile } from "./ustar.ts";

export interface VerifiedPack {
  /** Whether the keys are ones that the caller named; otherwise the pack only agrees with itself. */
  readonly trusted: boolean;
  readonly index: Omit<PackIndex, "files">;
  readonly addenda: number;
  readonly log: { readonly origin: string; readonly size: number };
  /** Gaps that were accepted. */
  readonly open: readonly OpenRun[];
}

export interface VerifyPackOptions {
  readonly trust?: TrustPolicy;
  /** Accept gaps that the index names as runs that had not ended. */
  readonly allowOpen?: boolean;
}

interface ConsistencyLine {
  readonly from: number;
  readonly proof: readonly string[];
}

type Entry = PackFile & { readonly sha256: string };

/**
 * Verifies a compliance pack without network, file by file. Everything here may come from an attacker; what is not
 * signed (the index, journals, statements) only counts as far as it agrees with what is.
 * @throws PackError for the first thing that does not hold.
 */
export async function verifyPack(files: AsyncIterable<Entry>, options: VerifyPackOptions = {}): Promise<VerifiedPack> {
  await using pack = new PackReader(options.trust);
  for await (const file of files) await pack.read(file);
  return pack.conclude(options.allowOpen === true);
}

/** Characters of bundles that are verified while the archive is read on. They are looked at in its order. */
const READ_AHEAD = 4_194_304;

class PackReader {
  readonly #trust: TrustPolicy | undefined;
  #pool: VerifyPool | undefined;
  #reading: { readonly name: string; readonly length: number; readonly verified: Promise<VerifiedReceipt> }[] = [];
  #readAhead = 0;
  readonly #files: PackIndex["files"][number][] = [];
  /** Roots of the log's heads that were met, by size. */
  readonly #heads = new Map<number, Checkpoint>();
  readonly #seqs = new Map<string, Set<number>>();
  readonly #runs = new Map<string, BookedRun>();
  readonly #journals = new Map<string, JournalInfo>();
  readonly #statements: StatementInfo[] = [];
  readonly #audits = new Set<string>();
  readonly #proofs = new Map<number, readonly Uint8Array[]>();
  #policy: TrustPolicy | undefined;
  #head: Checkpoint | undefined;
  #index: PackIndex | undefined;
  #addenda = 0;
  #unproved = 0;

  constructor(trust: TrustPolicy | undefined) {
    this.#trust = trust;
  }

  async read({ name, text, sha256 }: Entry): Promise<void> {
    const [folder = "", leaf = ""] = name.split("/");
    if (folder !== "receipts") await this.#takeReceipts(0);
    if (this.#index !== undefined) throw new PackError("archive", name, "it comes after the index");
    if (name === "index.json") {
      this.#index = parseObject("index", name, text) as PackIndex;
      return;
    }
    this.#files.push({ name, bytes: Buffer.byteLength(text), sha256 });
    if (name === "README.txt" || (folder === "statements" && leaf.endsWith(".csv"))) return;
    if (name === "ledger/keys.json") {
      this.#policy = this.#trust ?? (await during("ledger", name, () => parseTrustPolicy(text)));
    } else if (folder === "receipts") {
      this.#readReceipt(name, text);
      await this.#takeReceipts(READ_AHEAD);
    } else if (name === "audit/unproved.jsonl") this.#unproved = linesOf(text).length;
    else if (folder === "audit") {
      for (const line of linesOf(text)) await during("audit", name, async () => await this.#readAudit(line));
    } else if (folder === "journals") {
      for (const line of linesOf(text)) {
        const journal = parseObject("journals", name, line) as JournalInfo;
        if (this.#journals.has(journal.journalId)) throw new PackError("journals", name, `${journal.journalId} twice`);
        this.#journals.set(journal.journalId, journal);
      }
    } else if (folder === "statements") this.#statements.push(parseObject("statements", name, text) as StatementInfo);
    else if (name === "ledger/checkpoint") {
      const [vkey = ""] = this.#known().logs;
      this.#head = await during("ledger", name, async () => await verifyCheckpoint(text, parseVerifierKey(vkey)));
    } else if (name === "ledger/consistency.jsonl") {
      for (const line of linesOf(text)) this.#readProof(name, line);
    } else throw new PackError("archive", name, "no such file belongs into a pack");
  }

  conclude(allowOpen: boolean): VerifiedPack {
    const [index, head] = [this.#index, this.#head];
    if (index === undefined) throw new PackError("index", "index.json", "it is missing");
    if (head === undefined) throw new PackError("ledger", "ledger/checkpoint", "it is missing");
    const { since, until, agent } = index;
    if (
      index.type !== PACK_TYPE ||
      typeof since !== "string" ||
      typeof until !== "string" ||
      !Array.isArray(index.open)
    ) {
      throw new PackError("index", "index.json", "it is not the index of a compliance pack");
    }
    this.#matchHeads(head);
    const open = within("completeness", () => this.#matchCounts(index, allowOpen));
    within("journals", () => matchJournals(this.#journals, this.#runs, index));
    if (agent === undefined) within("statements", () => this.#matchStatements(index));
    within("index", () => this.#matchIndex(index));
    const { files: _files, ...described } = index;
    const log = { origin: head.origin, size: head.size };
    return { trusted: this.#trust !== undefined, index: described, addenda: this.#addenda, log, open };
  }

  #known(): TrustPolicy {
    if (this.#policy === undefined)
      throw new PackError("ledger", "ledger/keys.json", "it is missing or comes too late");
    return this.#policy;
  }

  #readReceipt(name: string, text: string): void {
    this.#pool ??= openVerifyPool({ trust: this.#known() });
    const verified = this.#pool.verify(text);
    // Looked at in its turn, which may be after it has failed.
    verified.catch(() => undefined);
    this.#reading.push({ name, length: text.length, verified });
    this.#readAhead += text.length;
  }

  /** Takes the oldest until at most `left` characters are being verified. */
  async #takeReceipts(left: number): Promise<void> {
    while (this.#readAhead > left) {
      const next = this.#reading.shift();
      if (next === undefined) return;
      this.#readAhead -= next.length;
      await during("receipts", next.name, async () => this.#takeReceipt(next.name, await next.verified));
    }
  }

  #takeReceipt(name: string, { statement, addenda, head }: VerifiedReceipt): void {
    const { receipt, agent, agent_seq: seq, run, caller, gl } = statement.predicate;
    if (!name.endsWith(`-${receipt}.json`)) throw new PackError("receipts", name, `it holds ${receipt}`);
    const seqs = this.#seqs.get(agent.id) ?? new Set();
    if (this.#runs.has(run.task_id) || seqs.has(seq)) throw new PackError("receipts", name, "the run has another one");
    this.#seqs.set(agent.id, seqs.add(seq));
    const refunds = addenda.flatMap(({ statement: { predicateType, predicate } }) =>
      predicateType === RUN_ADJUST_TYPE ? [predicate] : [],
    );
    const booked = { file: name, org: caller.org, completedAt: run.completed_at, gl, refunds };
    this.#runs.set(run.task_id, booked);
    this.#addenda += addenda.length;
    this.#meet(head);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool?.[Symbol.asyncDispose]();
  }

  async #readAudit(line: string): Promise<void> {
    const { entry, head, vkey } = await verifyAuditProof(line);
    if (!this.#known().logs.includes(vkey))
      throw new LedgerError("trust.log", `${entry.auditId}: its log is not trusted`);
    if (this.#audits.has(entry.auditId)) throw new LedgerError("format", `${entry.auditId} is there twice`);
    this.#audits.add(entry.auditId);
    this.#meet(head);
  }

  #meet(head: Checkpoint): void {
    const known = this.#heads.get(head.size);
    if (known === undefined) this.#heads.set(head.size, head);
    else if (!isSame(known, head)) throw new LedgerError("merkle", `the log has two heads of ${head.size} entries`);
  }

  #readProof(name: string, line: string): void {
    const { from, proof } = parseObject("ledger", name, line) as ConsistencyLine;
    if (!Array.isArray(proof)) throw new PackError("ledger", name, "it is no proof");
    this.#proofs.set(
      from,
      proof.map((hash) => decodeBase64(String(hash))),
    );
  }

  /** All heads are earlier states of the last. */
  #matchHeads(head: Checkpoint): void {
    for (const { origin, size, root } of this.#heads.values()) {
      within("ledger", () => {
        if (origin !== head.origin) throw new LedgerError("merkle", `${origin} is another log`);
        const proof = this.#proofs.get(size) ?? [];
        verifyConsistency({ fromSize: size, fromRoot: root, toSize: head.size, toRoot: head.root, proof });
      });
    }
  }

  #matchCounts({ open }: PackIndex, allowOpen: boolean): readonly OpenRun[] {
    const named = new Set(open.map(({ agentId, agentSeq }) => `${agentSeq} ${agentId}`));
    const gaps = gapsIn(this.#seqs, named.size + 1);
    for (const { agentId, agentSeq } of gaps) {
      if (allowOpen && named.has(`${agentSeq} ${agentId}`)) continue;
      const why = named.has(`${agentSeq} ${agentId}`) ? "; the pack says that it had not ended" : "";
      throw new PackError("completeness", "", `run ${agentSeq} of ${agentId} has no receipt here${why}`);
    }
    return gaps;
  }

  /** A month that lies within the span is the sum of its journals. */
  #matchStatements({ since, until }: PackIndex): void {
    for (const { month, from, to, total } of this.#statements) {
      if (from < since || to > until) continue;
      const sum = [...this.#journals.values()]
        .filter(({ at }) => at >= from && at < to)
        .reduce((amount, journal) => amount + toMicros(journal.amount), 0n);
      if (sum !== toMicros(total.amount)) {
        throw new PackError("statements", `statements/${month}.json`, "it is not the sum of its journals");
      }
    }
  }

  #matchIndex(index: PackIndex): void {
    const refuse = (why: string): never => {
      throw new PackError("index", "index.json", why);
    };
    if (!Array.isArray(index.files)) refuse("it lists no files");
    for (const [i, file] of this.#files.entries()) {
      const listed = index.files[i];
      if (listed?.name !== file.name) refuse(`it does not list ${file.name} where it is`);
      if (listed?.sha256 !== file.sha256 || listed.bytes !== file.bytes) refuse(`${file.name} is another one`);
    }
    if (index.files.length > this.#files.length) refuse(`${index.files[this.#files.length]?.name} is missing`);
    const counted = [this.#runs.size, this.#audits.size, this.#unproved, this.#journals.size];
    const said = [index.receipts, index.audit, index.unproved, index.journals];
    if (counted.some((count, i) => count !== said[i])) refuse("it does not count what is there");
  }
}

function isSame(a: Checkpoint, b: Checkpoint): boolean {
  return a.origin === b.origin && Buffer.from(a.root).equals(b.root);
}

function linesOf(text: string): readonly string[] {
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}

/**
 * A document that is not signed. Whoever casts it only compares its members with what is: wrong ones make comparisons
 * fail, or show as TypeError, which `within` reports.
 */
function parseObject(check: PackCheck, name: string, text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new PackError(check, name, "it is not JSON", { cause });
  }
  if (typeof value !== "object" || value === null) throw new PackError(check, name, "it is no object");
  return value;
}

async function during<T>(check: PackCheck, name: string, step: () => T | Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    throw refusalOf(check, name, error);
  }
}

function within<T>(check: PackCheck, step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw refusalOf(check, "", error);
  }
}

/** Members of the wrong type in what is not signed show as TypeError. */
function refusalOf(check: PackCheck, name: string, error: unknown): unknown {
  if (error instanceof LedgerError)
    return new PackError(check, name, `${error.check}: ${error.message}`, { cause: error });
  if (error instanceof TypeError)
    return new PackError(check, name, "a member is not as it has to be", { cause: error });
  return error;
}
