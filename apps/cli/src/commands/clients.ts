import { ROLES } from "@berth/protocol";
import type { OrgRole } from "@berth/protocol";
import { UsageError } from "../args/usage-error.ts";
import type { Command } from "../command.ts";
import { confirm } from "../platform/confirm.ts";
import { oneLine, printable } from "../render/printable.ts";
import { table } from "../render/table.ts";

const ROLE_NAMES: readonly string[] = Object.keys(ROLES);

const listCommand: Command = {
  name: "clients list",
  summary: "List the OAuth clients that administrators have made.",
  positionals: [],
  options: {},
  examples: ["a2a clients list"],
  async run({ platform }) {
    const clients = await (await platform()).clients.list();
    const rows = clients.map(({ id, name, kind, scopes, role, redirectUris }) => [
      id,
      name,
      kind,
      scopes.join(" "),
      role ?? "",
      redirectUris.join(" "),
    ]);
    const text = table(["id", "name", "kind", "scopes", "role", "redirects"], rows, "No clients.");
    return { json: { clients }, text };
  },
};

const addCommand: Command = {
  name: "clients add",
  summary: "Make an OAuth client. A secret, where it has one, is shown this once.",
  details: `MCP clients mostly make themselves known; this is for those that do not, and for programs that act for themselves (--role: client credentials). Roles: ${ROLE_NAMES.join(", ")}.`,
  positionals: [{ name: "NAME", summary: "what people see when they are asked" }],
  options: {
    redirect: { type: "string", value: "URL", multiple: true, summary: "where answers may go, letter for letter" },
    scope: { type: "string", value: "SCOPE", multiple: true, summary: "agents:invoke (default) or platform" },
    role: { type: "string", value: "ROLE", summary: "what it may do without a person" },
    confidential: { type: "boolean", summary: "it can keep a secret: give it one" },
  },
  examples: [
    "a2a clients add dashboard --redirect https://dash.example.com/callback --confidential",
    "SECRET=$(a2a clients add nightly --role invoker)",
  ],
  async run({ args, platform, progress }) {
    const [redirectUris, scopes, role] = [args.texts("redirect"), args.texts("scope"), args.text("role")];
    const created = await (
      await platform()
    ).clients.add({
      name: args.required("NAME"),
      ...(redirectUris.length === 0 ? {} : { redirectUris }),
      ...(scopes.length === 0 ? {} : { scopes }),
      ...(role === undefined ? {} : { role: roleOf(role) }),
      ...(args.flag("confidential") ? { kind: "confidential" as const } : {}),
    });
    progress(`${oneLine(created.name)} is the client ${created.id}.`);
    if (created.secret !== null) progress("Keep the secret: it cannot be shown again.");
    return { json: created, text: printable(created.secret ?? created.id) };
  },
};

const removeCommand: Command = {
  name: "clients remove",
  summary: "Remove an OAuth client.",
  positionals: [{ name: "CLIENT", summary: "its id, cli_…" }],
  options: { yes: { type: "boolean", summary: "do not ask" } },
  examples: ["a2a clients remove cli_01…"],
  async run(context) {
    const id = context.args.required("CLIENT");
    const { clients } = await context.platform();
    await confirm(context, `Remove ${id}? Whoever uses it is shut out.`);
    await clients.remove(id);
    return { json: { client: id, removed: true }, text: `Removed ${id}.` };
  },
};

export const clientsCommands: readonly Command[] = [listCommand, addCommand, removeCommand];

function roleOf(text: string): OrgRole {
  // The names are the keys of ROLES.
  if (ROLE_NAMES.includes(text)) return text as OrgRole;
  throw new UsageError(`"${text}" is no role.`, `They are ${ROLE_NAMES.join(", ")}.`);
}
