import type { Command } from "../command.ts";
import { confirm } from "../platform/confirm.ts";
import { table } from "../render/table.ts";

const listCommand: Command = {
  name: "grants list",
  summary: "List what runs may do with files.",
  details: "Without --run the grants that hold now, newest first; of a run all that it had, oldest first.",
  positionals: [],
  options: { run: { type: "string", value: "ID", summary: "of this task's run, also those that no longer hold" } },
  examples: ["a2a grants list", "a2a grants list --run task_01… --json"],
  async run({ args, platform }) {
    const run = args.text("run");
    const grants = await (await platform()).grants.list(run === undefined ? { valid: true } : { run });
    const rows = grants.map(({ id, run: task, scope, expiresAt, revokedAt }) => [
      id,
      task,
      scope.read.join(", "),
      scope.write,
      revokedAt === null ? expiresAt : `revoked ${revokedAt}`,
    ]);
    return { json: { grants }, text: table(["id", "run", "read", "write", "until"], rows, "No grants.") };
  },
};

const revokeCommand: Command = {
  name: "grants revoke",
  summary: "Take a run's grant away, within a second.",
  details: "The run goes on without files. What it handed to other agents ends too.",
  positionals: [{ name: "GRANT", summary: "the grant's id, gr_…" }],
  options: { yes: { type: "boolean", summary: "do not ask" } },
  examples: ["a2a grants revoke gr_01…"],
  async run(context) {
    const id = context.args.required("GRANT");
    const { grants } = await context.platform();
    await confirm(context, `Revoke ${id}? Its run, and whoever it handed something to, can no longer use files.`);
    await grants.revoke(id);
    return { json: { grant: id, revoked: true }, text: `Revoked ${id}.` };
  },
};

export const grantsCommands: readonly Command[] = [listCommand, revokeCommand];
