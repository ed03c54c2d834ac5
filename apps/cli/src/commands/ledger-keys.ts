import { UsageError } from "../args/usage-error.ts";
import type { Command } from "../command.ts";
import { confirm } from "../platform/confirm.ts";
import { table } from "../render/table.ts";

const keysCommand: Command = {
  name: "ledger keys",
  summary: "List what the log says about the keys that sign receipts.",
  positionals: [],
  options: {},
  examples: ["a2a ledger keys"],
  async run({ platform }) {
    const keys = await (await platform()).ledger.signingKeys();
    const rows = keys.map(({ at, op, keyId, agentId, leafIndex }) => [at, op, keyId, agentId, leafIndex]);
    return { json: { keys }, text: table(["when", "what", "key", "agent", "leaf"], rows, "No keys yet.") };
  },
};

const rotateCommand: Command = {
  name: "ledger rotate-key",
  summary: "Let a new key sign receipts: cp, the control plane's, or sa, an agent's.",
  details:
    "The old key says in the log that the new one takes over, before the new one signs anything. What the old one signed still verifies. The log's own key belongs to its name and cannot be rotated.",
  positionals: [{ name: "ROLE", summary: "cp or sa" }],
  options: {
    agent: { type: "string", value: "AGENT", summary: "whose key, for sa" },
    yes: { type: "boolean", summary: "do not ask" },
  },
  examples: ["a2a ledger rotate-key cp", "a2a ledger rotate-key sa --agent echo --yes"],
  async run(context) {
    const role = context.args.required("ROLE");
    const agent = context.args.text("agent");
    if (role !== "cp" && role !== "sa") throw new UsageError(`"${role}" is no role.`, "They are cp and sa.");
    if ((role === "sa") !== (agent !== undefined)) {
      throw new UsageError(
        "An agent is named for sa, and only for it.",
        "Such as: a2a ledger rotate-key sa --agent echo",
      );
    }
    const { ledger } = await context.platform();
    await confirm(context, `Replace the key of ${agent ?? "the control plane"}?`);
    const keyId = await ledger.rotateKey({ role, ...(agent === undefined ? {} : { agent }) });
    return { json: { keyId }, text: `${keyId} signs from now on.` };
  },
};

const revokeCommand: Command = {
  name: "ledger revoke-key",
  summary: "Say in the log that a replaced key counts no more.",
  positionals: [{ name: "KEY", summary: "its id, cp:… or sa:…" }],
  options: { yes: { type: "boolean", summary: "do not ask" } },
  examples: ["a2a ledger revoke-key cp:… --yes"],
  async run(context) {
    const keyId = context.args.required("KEY");
    const { ledger } = await context.platform();
    await confirm(context, `Revoke ${keyId}? It is published no longer.`);
    await ledger.revokeKey(keyId);
    return { json: { keyId, revoked: true }, text: `Revoked ${keyId}.` };
  },
};

export const ledgerKeyCommands: readonly Command[] = [keysCommand, rotateCommand, revokeCommand];
