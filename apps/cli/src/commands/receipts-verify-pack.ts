import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import { parseTrustPolicy } from "@berth/ledger";
import { UsageError } from "../args/usage-error.ts";
import type { Command, CommandContext, CommandResult } from "../command.ts";
import { ExitCode } from "../exit-code.ts";
import { PackError } from "../pack/pack-error.ts";
import { readTar } from "../pack/ustar.ts";
import { verifyPack } from "../pack/verify-pack.ts";
import type { VerifiedPack } from "../pack/verify-pack.ts";
import { printable } from "../render/printable.ts";
import { fields } from "../render/table.ts";
import { readFileOrStdin } from "../run/read-input.ts";

export const verifyPackCommand: Command = {
  name: "receipts verify-pack",
  summary: "Verify a compliance pack offline. Exit code 0 or 1.",
  details:
    "Every receipt, addendum and audit entry; that no run is missing between the first and the last of an agent; that journals and receipts are each other's. The first thing that does not hold is named.",
  positionals: [{ name: "FILE", summary: "what `a2a receipts pack` wrote; - for stdin" }],
  options: {
    trust: { type: "string", value: "FILE", summary: "the keys you believe, from /ledger/keys" },
    "allow-open": { type: "boolean", summary: "accept gaps of runs that, says the pack, had not ended" },
  },
  examples: ["a2a receipts verify-pack november.tar --trust keys.json"],
  run: verify,
};

async function verify(context: CommandContext): Promise<CommandResult> {
  const { args, io, colors, progress } = context;
  const trustFile = args.text("trust");
  const trust = trustFile === undefined ? {} : { trust: parseTrustPolicy(await readFileOrStdin(trustFile, io)) };
  try {
    const tar = readTar(chunksOf(args.required("FILE"), context));
    return verified(context, await verifyPack(tar, { ...trust, allowOpen: args.flag("allow-open") }));
  } catch (error) {
    if (!(error instanceof PackError)) throw error;
    const { check, file, message } = error;
    progress(`${colors.red("✗")} ${check}: ${file === "" ? "" : `${file}: `}${message}`);
    const report = { reason: "PACK_INVALID", message: `${check}: ${message}` };
    return { json: { valid: false, check, file, error: report }, text: "", exitCode: ExitCode.Failed };
  }
}

async function* chunksOf(path: string, { io }: CommandContext): AsyncGenerator<Uint8Array> {
  try {
    // A stream without encoding gives bytes.
    yield* (path === "-" ? io.stdin : createReadStream(resolve(io.cwd, path))) as AsyncIterable<Uint8Array>;
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    throw new UsageError(`${path} cannot be read.`, "Check the path.");
  }
}

function verified({ colors, progress }: CommandContext, pack: VerifiedPack): CommandResult {
  const { trusted, index, addenda, log, open } = pack;
  const { since, until, agent, receipts, audit, unproved, journals } = index;
  if (!trusted)
    progress("The pack agrees with itself. Its keys were not checked against a source you trust: use --trust FILE.");
  for (const { agentId, agentSeq } of open)
    progress(`run ${agentSeq} of ${agentId} has no receipt here: it had not ended, says the pack`);
  const text = fields([
    ["since", since],
    ["until", until],
    ["agent", agent ?? "all"],
    ["receipts", receipts],
    ["addenda", addenda],
    ["audit entries", unproved === 0 ? audit : `${audit}, and ${unproved} without proof`],
    ["journals", journals],
    ["log", `${log.origin}, ${log.size} entries`],
  ]);
  const verdict = trusted ? "valid, and signed by keys you trust" : "consistent; its keys are unchecked";
  return {
    json: { valid: true, trusted, since, until, agent, receipts, addenda, audit, unproved, journals, log, open },
    text: `${colors.green("✓")} ${verdict}\n${printable(text)}`,
  };
}
