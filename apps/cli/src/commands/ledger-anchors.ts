import type { Command } from "../command.ts";
import { table } from "../render/table.ts";

export const ledgerAnchorsCommand: Command = {
  name: "ledger anchors",
  summary: "Show where the log's head was anchored outside of the platform.",
  details:
    "With --json also the evidence: of a time-stamping authority its whole answer, as `openssl ts -verify` reads it.",
  positionals: [],
  options: {},
  examples: ["a2a ledger anchors", "a2a ledger anchors --json"],
  async run({ platform }) {
    const anchors = await (await platform()).ledger.anchors();
    const rows = anchors.map(({ sink, size, at, evidence }) => [sink, size, at, evidence.time]);
    return { json: { anchors }, text: table(["sink", "entries", "anchored", "time there"], rows, "No anchors.") };
  },
};
