import {
  LedgerError,
  decodeBase64,
  parseTrustPolicy,
  parseVerifierKey,
  verifyCheckpoint,
  verifyConsistency,
} from "@berth/ledger";
import type { PlatformClient } from "@berth/sdk/client";
import type { Command, CommandContext } from "../command.ts";
import { ExitCode } from "../exit-code.ts";
import { readCheckpoint, writeCheckpoint } from "../platform/remembered-checkpoints.ts";
import { printable } from "../render/printable.ts";
import { fields } from "../render/table.ts";

export const ledgerCheckCommand: Command = {
  name: "ledger check",
  summary: "Compare tasks, receipts and journals. Exit code 1 when they differ.",
  details:
    "With --remember this machine keeps the head of the platform's log, and the next check demands that the log has only grown since: a log that was rolled back or replaced is then seen from outside.",
  positionals: [],
  options: { remember: { type: "boolean", summary: "keep the log's head here, and compare with the one kept before" } },
  examples: ["a2a ledger check", "a2a ledger check --remember", "a2a ledger check --json"],
  async run(context) {
    const { args, platform, progress } = context;
    const client = await platform();
    const { tasks, receipts, journals, pending, differences: found } = await client.ledger.check();
    const grown = args.flag("remember") ? await compareWithRemembered(context, client) : undefined;
    const differences = grown?.difference === undefined ? found : [...found, grown.difference];
    if (pending > 0) progress(`${pending} receipts are still being sealed`);
    const counts = fields([
      ["tasks", tasks],
      ["receipts", receipts],
      ["journals", journals],
      ["log", grown?.summary],
      ["differences", differences.length],
    ]);
    return {
      json: { tasks, receipts, journals, differences, ...(grown === undefined ? {} : { log: grown.log }) },
      text: [counts, ...differences.map((difference) => printable(`  ${difference}`))].join("\n"),
      exitCode: differences.length === 0 ? ExitCode.Done : ExitCode.Failed,
    };
  },
};

interface Growth {
  readonly log: { readonly size: number; readonly since?: number };
  readonly summary: string;
  readonly difference?: string;
}

/** What is kept changes only when the log agrees with it. */
async function compareWithRemembered({ io }: CommandContext, client: PlatformClient): Promise<Growth> {
  const before = await readCheckpoint(client.url, io.userHome);
  const checkpoint = await client.ledger.checkpoint();
  // The key that signed what is kept, where there is one: a platform cannot bring another.
  const vkey = before?.vkey ?? parseTrustPolicy(await client.ledger.keys()).logs[0] ?? "";
  const key = parseVerifierKey(vkey);
  try {
    const now = await verifyCheckpoint(checkpoint, key);
    const since = before === undefined ? undefined : await verifyCheckpoint(before.checkpoint, key);
    if (since !== undefined) {
      if (now.size < since.size)
        throw new LedgerError("merkle", `it had ${since.size} entries, now it has ${now.size}`);
      const proof = await client.ledger.consistency(since.size, now.size);
      verifyConsistency({
        fromSize: since.size,
        fromRoot: since.root,
        toSize: now.size,
        toRoot: now.root,
        proof: proof.map(decodeBase64),
      });
    }
    await writeCheckpoint(client.url, io.userHome, { vkey, checkpoint });
    const summary = since === undefined ? `${now.size} entries, kept` : `${now.size} entries, grown from ${since.size}`;
    return { log: { size: now.size, ...(since === undefined ? {} : { since: since.size }) }, summary };
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    const difference = `the log is not the one that was remembered: ${error.message}`;
    return { log: { size: 0 }, summary: "replaced or rolled back", difference };
  }
}
