import type { Command } from "../command.ts";
import { ExitCode } from "../exit-code.ts";
import { printable } from "../render/printable.ts";
import { fields } from "../render/table.ts";

export const ledgerCheckCommand: Command = {
  name: "ledger check",
  summary: "Compare tasks, receipts and journals. Exit code 1 when they differ.",
  positionals: [],
  options: {},
  examples: ["a2a ledger check", "a2a ledger check --json"],
  async run({ platform, progress }) {
    const { tasks, receipts, journals, pending, differences } = await (await platform()).ledger.check();
    if (pending > 0) progress(`${pending} receipts are still being sealed`);
    const counts = fields([
      ["tasks", tasks],
      ["receipts", receipts],
      ["journals", journals],
      ["differences", differences.length],
    ]);
    return {
      json: { tasks, receipts, journals, differences },
      text: [counts, ...differences.map((difference) => printable(`  ${difference}`))].join("\n"),
      exitCode: differences.length === 0 ? ExitCode.Done : ExitCode.Failed,
    };
  },
};
