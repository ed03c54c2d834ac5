import { SCOPES } from "@berth/protocol";
import type { Scope } from "@berth/protocol";
import { nearest } from "../args/nearest.ts";
import { UsageError } from "../args/usage-error.ts";
import type { Command } from "../command.ts";
import { confirm } from "../platform/confirm.ts";
import { printable } from "../render/printable.ts";
import { table } from "../render/table.ts";

const listCommand: Command = {
  name: "keys list",
  summary: "List the API keys.",
  positionals: [],
  options: {},
  examples: ["a2a keys list", "a2a keys list --json"],
  async run({ platform }) {
    const keys = await (await platform()).keys.list();
    const rows = keys.map((key) => [
      key.id,
      key.name,
      key.scopes.join(", "),
      key.revokedAt === undefined || key.revokedAt === null ? (key.expiresAt ?? "never") : "revoked",
      key.lastUsedAt,
    ]);
    return { json: { keys }, text: table(["id", "name", "scopes", "expires", "last used"], rows, "No keys.") };
  },
};

const createCommand: Command = {
  name: "keys create",
  summary: "Make an API key. It is shown this once.",
  details:
    "Scopes: invoke calls agents, deploy publishes them, read sees every task, ingest sends telemetry and nothing else, admin is all of it.",
  positionals: [{ name: "NAME", summary: "what the key is for" }],
  options: {
    scope: { type: "string", value: "SCOPE", multiple: true, summary: `${SCOPES.join(", ")}; default invoke` },
    agent: { type: "string", value: "AGENT", multiple: true, summary: "only these agents exist for it; default: all" },
    cidr: { type: "string", value: "NETWORK", multiple: true, summary: "it holds from there only; default: anywhere" },
    expires: { type: "string", value: "DAYS", summary: "days until it ends; default: the platform's" },
  },
  examples: [
    "a2a keys create ci --scope deploy --scope invoke --expires 90",
    "a2a keys create otel --scope ingest --agent planner",
    "a2a keys create app --agent echo --cidr 192.0.2.0/24",
  ],
  async run({ args, platform, progress }) {
    const expiresInDays = args.integer("expires", { min: 1, max: 3_650 });
    const [agents, cidrs] = [listOf(args.texts("agent")), listOf(args.texts("cidr"))];
    const request = {
      name: args.required("NAME"),
      scopes: parseScopes(args.texts("scope")),
      ...(expiresInDays === undefined ? {} : { expiresInDays }),
      ...(agents.length === 0 ? {} : { agents }),
      ...(cidrs.length === 0 ? {} : { cidrs }),
    };
    const created = await (await platform()).keys.create(request);
    progress(`${created.id} with ${created.scopes.join(", ")}. Keep the key: it cannot be shown again.`);
    return { json: created, text: printable(created.key) };
  },
};

const revokeCommand: Command = {
  name: "keys revoke",
  summary: "Revoke an API key, at once.",
  positionals: [{ name: "KEY", summary: "the key's id, key_…" }],
  options: { yes: { type: "boolean", summary: "do not ask" } },
  examples: ["a2a keys revoke key_01…"],
  async run(context) {
    const id = context.args.required("KEY");
    const { keys } = await context.platform();
    await confirm(context, `Revoke ${id}? Whoever uses it is shut out.`);
    await keys.revoke(id);
    return { json: { key: id, revoked: true }, text: `Revoked ${id}.` };
  },
};

export const keysCommands: readonly Command[] = [listCommand, createCommand, revokeCommand];

function listOf(texts: readonly string[]): readonly string[] {
  return texts.flatMap((text) => text.split(",")).map((text) => text.trim());
}

function parseScopes(texts: readonly string[]): readonly Scope[] {
  const scopes = listOf(texts).map((name) => {
    const scope = SCOPES.find((known) => known === name);
    if (scope !== undefined) return scope;
    const meant = nearest(name, SCOPES);
    throw new UsageError(
      `"${name}" is no scope.`,
      meant === undefined ? `They are ${SCOPES.join(", ")}.` : `Did you mean ${meant}?`,
    );
  });
  return scopes.length === 0 ? ["invoke"] : [...new Set(scopes)];
}
