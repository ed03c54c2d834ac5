import { LedgerError, parseEventChoice, redactBundle } from "@berth/ledger";
import type { EventChoice } from "@berth/ledger";
import { UsageError } from "../args/usage-error.ts";
import type { Command, CommandContext, CommandResult } from "../command.ts";
import { readFileOrStdin } from "../run/read-input.ts";

export const redactCommand: Command = {
  name: "receipts redact",
  summary: "Take events out of a receipt bundle; what remains still verifies.",
  details:
    "Of an event that is not kept, a salted hash stays, from which nothing can be guessed. What the signed receipt itself says (names of artifacts, paths of grants) stays too. Needs no network.",
  positionals: [{ name: "FILE", summary: "the bundle; - for stdin" }],
  options: {
    keep: { type: "string", value: "WHICH", summary: "events to keep, by number, such as 1,5-9; default: none" },
    "keep-kind": { type: "string", value: "KINDS", summary: "events to keep, by kind, such as artifact,file" },
  },
  examples: [
    "a2a receipts redact receipt.json --keep 1,5-9 > redacted.json",
    "a2a receipts redact receipt.json --keep-kind artifact,file > redacted.json",
  ],
  run: redact,
};

async function redact({ args, io }: CommandContext): Promise<CommandResult> {
  const bundle = await readFileOrStdin(args.required("FILE"), io);
  const seqs = choiceOf(args.text("keep"));
  const kinds = args.text("keep-kind")?.split(",") ?? [];
  try {
    io.stdout(`${redactBundle(bundle, { ...(seqs === undefined ? {} : { seqs }), kinds })}\n`);
    return {};
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    throw new UsageError(
      `This is not a receipt bundle: ${error.message}.`,
      "Get one with `a2a receipts show --bundle`.",
    );
  }
}

function choiceOf(text: string | undefined): EventChoice | undefined {
  if (text === undefined) return undefined;
  try {
    return parseEventChoice(text);
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    throw new UsageError(`--keep: ${error.message}.`, "Such as --keep 1,5-9.");
  }
}
