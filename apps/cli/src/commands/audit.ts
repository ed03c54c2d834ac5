import { LedgerError, parseTrustPolicy } from "@berth/ledger";
import type { AuditQuery, PlatformClient } from "@berth/sdk/client";
import { UsageError } from "../args/usage-error.ts";
import type { ParsedOptions } from "../args/parse-options.ts";
import type { Command, CommandContext, CommandResult } from "../command.ts";
import { ExitCode } from "../exit-code.ts";
import { fields, table } from "../render/table.ts";
import { readFileOrStdin } from "../run/read-input.ts";
import { verifyAuditProof } from "../run/verify-audit-proof.ts";

const PAGE = 1_000;

const listCommand: Command = {
  name: "audit list",
  summary: "Who did what, when, from where, and how it ended; newest first.",
  details: "With --export every matching entry is written, one JSON document a line, as it is or as OCSF events.",
  positionals: [],
  options: {
    actor: { type: "string", value: "ID", summary: "the principal's id" },
    action: { type: "string", value: "ACTION", summary: "such as key.create; key. is every act on keys" },
    resource: { type: "string", value: "NAME", summary: "what it was done to" },
    outcome: { type: "string", value: "OUTCOME", summary: "ok, denied or failed" },
    from: { type: "string", value: "TIME", summary: "RFC 3339; not before" },
    to: { type: "string", value: "TIME", summary: "RFC 3339; before" },
    limit: { type: "string", value: "N", summary: "how many are shown; default 100" },
    export: { type: "string", value: "FORMAT", summary: "jsonl or ocsf" },
  },
  examples: [
    "a2a audit list --action key. --from 2026-11-01T00:00:00Z",
    "a2a audit list --export ocsf > audit.ocsf.jsonl",
  ],
  async run(context) {
    const { args, platform } = context;
    const format = args.text("export");
    if (format !== undefined && format !== "jsonl" && format !== "ocsf") {
      throw new UsageError(`"${format}" is no format.`, "They are jsonl and ocsf.");
    }
    if (format !== undefined) return await exportAll(context, await platform(), format);
    const limit = args.integer("limit", { min: 1, max: PAGE }) ?? 100;
    const { entries } = await (await platform()).audit.query({ ...filterOf(args), limit });
    const rows = entries.map(({ at, actor, action, resource, outcome, from, auditId }) => [
      at,
      actor,
      action,
      resource,
      outcome,
      from?.address,
      auditId,
    ]);
    const head = ["when", "who", "action", "resource", "outcome", "from", "id"];
    return { json: { entries }, text: table(head, rows, "Nothing that matches.") };
  },
};

const proofCommand: Command = {
  name: "audit proof",
  summary: "Print one entry with all that shows offline that it is in the log.",
  positionals: [{ name: "ID", summary: "the entry's id, aud_…" }],
  options: {},
  examples: ["a2a audit proof aud_01… > entry.json"],
  async run({ args, platform }) {
    const proof = await (await platform()).audit.proof(args.required("ID"));
    return { json: proof, text: JSON.stringify(proof, undefined, 2) };
  },
};

const verifyCommand: Command = {
  name: "audit verify",
  summary: "Verify such a file offline. Exit code 0 or 1.",
  details: "Without --trust it can only be shown to agree with itself; the trust file is the platform's /ledger/keys.",
  positionals: [{ name: "FILE", summary: "what `a2a audit proof` printed; - for stdin" }],
  options: { trust: { type: "string", value: "FILE", summary: "the keys you believe, from /ledger/keys" } },
  examples: ["a2a audit verify entry.json --trust keys.json"],
  run: verify,
};

export const auditCommands: readonly Command[] = [listCommand, proofCommand, verifyCommand];

function filterOf(args: ParsedOptions): AuditQuery {
  const names = ["actor", "action", "resource", "outcome", "from", "to"] as const;
  return Object.fromEntries(
    names.map((name) => [name, args.text(name)] as const).filter(([, text]) => text !== undefined),
  );
}

async function exportAll(
  { args, io }: CommandContext,
  platform: PlatformClient,
  format: "jsonl" | "ocsf",
): Promise<CommandResult> {
  const filter = { ...filterOf(args), limit: PAGE, ...(format === "ocsf" ? { format } : {}) };
  let pageToken = "";
  do {
    const page = await platform.audit.query({ ...filter, ...(pageToken === "" ? {} : { pageToken }) });
    // One document a line; JSON text holds no line break.
    for (const entry of page.entries) io.stdout(`${JSON.stringify(entry)}\n`);
    pageToken = page.nextPageToken ?? "";
  } while (pageToken !== "");
  return {};
}

async function verify({ args, io, colors, progress }: CommandContext): Promise<CommandResult> {
  const text = await readFileOrStdin(args.required("FILE"), io);
  const trustFile = args.text("trust");
  const trust = trustFile === undefined ? undefined : parseTrustPolicy(await readFileOrStdin(trustFile, io));
  try {
    const { entry, index, head, vkey } = await verifyAuditProof(text);
    const { size } = head;
    if (trust !== undefined && !trust.logs.includes(vkey)) {
      throw new LedgerError("trust.log", "the log's key is not one that you trust");
    }
    if (trust === undefined) progress("The file agrees with itself. Its log's key was not checked: use --trust FILE.");
    const shown = fields([
      ["entry", entry.auditId],
      ["when", entry.at],
      ["who", entry.actor],
      ["action", entry.action],
      ["resource", entry.resource],
      ["outcome", entry.outcome],
      ["log", `leaf ${index} of ${size}`],
    ]);
    const verdict = trust === undefined ? "consistent; its log is unchecked" : "valid, in a log you trust";
    return {
      json: { valid: true, trusted: trust !== undefined, entry, log: { index, size } },
      text: `${colors.green("✓")} ${verdict}\n${shown}`,
    };
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    progress(`${colors.red("✗")} ${error.check}: ${error.message}`);
    return { json: { valid: false, check: error.check }, text: "", exitCode: ExitCode.Failed };
  }
}
