import { LedgerError, parseVerifierKey, verifyLogAnchor } from "@berth/ledger";
import type { NoteKey } from "@berth/ledger";
import type { AnchorInfo } from "@berth/sdk/client";
import { UsageError } from "../args/usage-error.ts";
import type { Command, CommandContext } from "../command.ts";
import { ExitCode } from "../exit-code.ts";
import { printable } from "../render/printable.ts";
import { table } from "../render/table.ts";
import { readFileOrStdin } from "../run/read-input.ts";

export const ledgerAnchorsCommand: Command = {
  name: "ledger anchors",
  summary: "Show where the log's head was anchored outside of the platform.",
  details:
    "With --json also the evidence: of a time-stamping authority its whole answer, as `openssl ts -verify` reads it; of another log its leaf and the proof. With --log the proofs that the log of that key gave are checked, which needs no network where FILE is what --json wrote; exit code 1 when one does not hold or there is none.",
  positionals: [{ name: "FILE", optional: true, summary: "what --json wrote before; - for stdin" }],
  options: { log: { type: "string", value: "KEY", summary: "check what the log with this verifier key gave" } },
  examples: [
    "a2a ledger anchors",
    "a2a ledger anchors --json > anchors.json",
    "a2a ledger anchors anchors.json --log other.example/ledger/1+1b2c3d4e+AR…",
  ],
  async run(context) {
    const { args, platform } = context;
    const file = args.positional("FILE");
    const anchors =
      file === undefined
        ? await (await platform()).ledger.anchors()
        : readAnchors(await readFileOrStdin(file, context.io));
    const key = args.text("log");
    if (key === undefined) {
      const rows = anchors.map(({ sink, size, at, evidence }) => [sink, size, at, evidence.time]);
      return { json: { anchors }, text: table(["sink", "entries", "anchored", "time there"], rows, "No anchors.") };
    }
    const places = await verifyAnchors(context, anchors, keyOf(key));
    const held = places.length > 0 && places.every(({ valid }) => valid);
    const rows = places.map(({ size, at, index, error }) => [size, at, index, error ?? "holds"]);
    return {
      json: { valid: held, anchors: places },
      text: table(["entries", "anchored", "leaf there", "proof"], rows, "That log holds none of them."),
      exitCode: held ? ExitCode.Done : ExitCode.Failed,
    };
  },
};

interface Place {
  readonly size: number;
  readonly at: string;
  readonly valid: boolean;
  /** Of the leaf in the other log. */
  readonly index?: number;
  readonly error?: string;
}

async function verifyAnchors(
  { progress, colors }: CommandContext,
  anchors: readonly AnchorInfo[],
  key: NoteKey,
): Promise<readonly Place[]> {
  const places: Place[] = [];
  for (const { size, at, checkpoint, evidence } of anchors.filter(({ sink }) => sink === `log:${key.name}`)) {
    try {
      const { entry = "", proof = "" } = evidence;
      const { index } = await verifyLogAnchor(checkpoint, { entry, proof }, key);
      places.push({ size, at, valid: true, index });
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
      progress(printable(`${colors.red("✗")} the one of ${size} entries: ${error.message}`));
      places.push({ size, at, valid: false, error: error.message });
    }
  }
  return places;
}

function keyOf(vkey: string): NoteKey {
  try {
    return parseVerifierKey(vkey);
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    throw new UsageError(`--log: ${error.message}.`, "It is the `vkey` of the other platform's /ledger/keys.");
  }
}

function isAnchor(value: unknown): value is AnchorInfo {
  if (typeof value !== "object" || value === null || !("evidence" in value) || !("checkpoint" in value)) return false;
  const { evidence, checkpoint } = value;
  if (typeof evidence !== "object" || evidence === null || typeof checkpoint !== "string") return false;
  return Object.values(evidence).every((member) => typeof member === "string");
}

/** @throws UsageError */
function readAnchors(text: string): readonly AnchorInfo[] {
  try {
    const { anchors } = JSON.parse(text) as { readonly anchors?: unknown };
    if (Array.isArray(anchors) && anchors.every(isAnchor)) return anchors;
  } catch {
    // Said below.
  }
  throw new UsageError("The file is not what `a2a ledger anchors --json` writes.", "Write it again.");
}
