import { UsageError } from "../args/usage-error.ts";
import { nearest } from "../args/nearest.ts";
import type { Command } from "../command.ts";
import { confirm } from "../platform/confirm.ts";
import { oneLine, printable } from "../render/printable.ts";
import { table } from "../render/table.ts";

const AGENT = { name: "AGENT", summary: "the agent's name" };
const KINDS = ["standard", "github", "hmac"] as const;

const listCommand: Command = {
  name: "webhooks list",
  summary: "List the webhooks that start an agent's skills.",
  positionals: [AGENT],
  options: {},
  examples: ["a2a webhooks list reviewer", "a2a webhooks list reviewer --json"],
  async run({ args, platform }) {
    const webhooks = await (await platform()).webhooks.list(args.required("AGENT"));
    const rows = webhooks.map(({ id, skill, kind, url, createdAt }) => [id, skill, kind, url, createdAt]);
    return { json: { webhooks }, text: table(["id", "skill", "kind", "url", "created"], rows, "No webhooks.") };
  },
};

const createCommand: Command = {
  name: "webhooks create",
  summary: "Make an address where signed deliveries start a skill. Its secret is shown this once.",
  details:
    "A delivery's JSON is the skill's input. Its tasks belong to the API key that makes the webhook, which stops with it. Kinds: standard (Standard Webhooks), github, hmac (hex HMAC-SHA256 of the body in X-Signature-256).",
  positionals: [AGENT, { name: "SKILL", summary: "the skill to start" }],
  options: {
    kind: { type: "string", value: "KIND", summary: `${KINDS.join(", ")}; default standard` },
    secret: { type: "string", value: "SECRET", summary: "the sender's secret, where it has one; default: a new one" },
  },
  examples: ["a2a webhooks create reviewer review --kind github", "a2a webhooks create billing paid --json"],
  async run({ args, platform, progress }) {
    const secret = args.text("secret");
    const created = await (
      await platform()
    ).webhooks.create(args.required("AGENT"), {
      skill: args.required("SKILL"),
      kind: parseKind(args.text("kind") ?? "standard"),
      ...(secret === undefined ? {} : { secret }),
    });
    progress(`${oneLine(created.id)} starts ${oneLine(created.skill)}. Keep the secret: it cannot be shown again.`);
    return { json: created, text: printable(`url     ${created.url}\nsecret  ${created.secret}`) };
  },
};

const removeCommand: Command = {
  name: "webhooks remove",
  summary: "Remove a webhook, at once.",
  positionals: [AGENT, { name: "WEBHOOK", summary: "the webhook's id, hook_…" }],
  options: { yes: { type: "boolean", summary: "do not ask" } },
  examples: ["a2a webhooks remove reviewer hook_01…"],
  async run(context) {
    const [agent, id] = [context.args.required("AGENT"), context.args.required("WEBHOOK")];
    const { webhooks } = await context.platform();
    await confirm(context, `Remove ${id}? Its sender's deliveries will fail.`);
    await webhooks.remove(agent, id);
    return { json: { webhook: id, removed: true }, text: `Removed ${id}.` };
  },
};

export const webhooksCommands: readonly Command[] = [listCommand, createCommand, removeCommand];

function parseKind(text: string): (typeof KINDS)[number] {
  const kind = KINDS.find((known) => known === text);
  if (kind !== undefined) return kind;
  const meant = nearest(text, KINDS);
  const hint = meant === undefined ? `They are ${KINDS.join(", ")}.` : `Did you mean ${meant}?`;
  throw new UsageError(`"${text}" is no kind of webhook.`, hint);
}
