import { UsageError } from "../args/usage-error.ts";
import type { Command } from "../command.ts";
import { fields, table } from "../render/table.ts";

export const ledgerWitnessCommand: Command = {
  name: "ledger witness",
  summary: "Cosign other logs, and have others cosign this platform's.",
  details:
    "Without a verb it shows both. `add VKEY` cosigns that log from now on; `remove ORIGIN` ends it. `ask VKEY --at URL` has that witness cosign every new checkpoint of ours; `forget VKEY` ends it.",
  positionals: [
    { name: "VERB", optional: true, summary: "add, remove, ask or forget" },
    { name: "KEY", optional: true, summary: "a verifier key; of remove the log's origin" },
  ],
  options: { at: { type: "string", value: "URL", summary: "where the witness takes checkpoints" } },
  examples: [
    "a2a ledger witness add berth.example/ledger/1+1b2c3d4e+AR…",
    "a2a ledger witness ask other.example/witness+1b2c3d4e+BA… --at https://other.example/ledger/witness",
  ],
  async run({ args, platform }) {
    const verb = args.positional("VERB");
    const { ledger } = await platform();
    if (verb === undefined) {
      const [{ vkey, logs }, { witnesses, witnessedSize }] = await Promise.all([
        ledger.witnessedLogs(),
        ledger.witnesses(),
      ]);
      const text = [
        fields([
          ["our key as a witness", vkey],
          ["witnessed entries", witnessedSize],
        ]),
        table(
          ["log we cosign", "entries"],
          logs.map(({ origin, size }) => [origin, size]),
          "No logs are cosigned.",
        ),
        table(
          ["witness we ask", "key"],
          witnesses.map((witness) => [witness.url, witness.vkey]),
          "No witnesses are asked.",
        ),
      ];
      return { json: { vkey, logs, witnesses, witnessedSize }, text: text.join("\n\n") };
    }
    const key = args.positional("KEY");
    if (key === undefined)
      throw new UsageError(
        `\`a2a ledger witness ${verb}\` needs a key or an origin.`,
        "See: a2a ledger witness --help",
      );
    switch (verb) {
      case "add": {
        const log = await ledger.witnessLog(key);
        return { json: log, text: `${log.origin} is cosigned from now on.` };
      }
      case "remove":
        await ledger.unwitnessLog(key);
        return { json: { origin: key, removed: true }, text: `${key} is cosigned no more.` };
      case "ask": {
        const url = args.text("at");
        if (url === undefined) throw new UsageError("Where is the witness?", "Say --at URL.");
        await ledger.addWitness({ vkey: key, url });
        return { json: { vkey: key, url }, text: `${url} is asked from now on.` };
      }
      case "forget":
        await ledger.removeWitness(key);
        return { json: { vkey: key, removed: true }, text: "It is asked no more." };
      default:
        throw new UsageError(`"${verb}" is no verb.`, "They are add, remove, ask and forget.");
    }
  },
};
