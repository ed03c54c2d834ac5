import { ROLES } from "@berth/protocol";
import type { OrgRole } from "@berth/protocol";
import type { PlatformClient } from "@berth/sdk/client";
import { nearest } from "../args/nearest.ts";
import { UsageError } from "../args/usage-error.ts";
import type { Command, CommandContext, CommandResult } from "../command.ts";
import { confirm } from "../platform/confirm.ts";
import { oneLine, printable } from "../render/printable.ts";
import { table } from "../render/table.ts";

type User = Awaited<ReturnType<PlatformClient["users"]["list"]>>[number];

const ROLE_NAMES: readonly string[] = Object.keys(ROLES);
const EMAIL = { name: "EMAIL", summary: "the person's email" };

const listCommand: Command = {
  name: "users list",
  summary: "List the people of the organization.",
  positionals: [],
  options: {},
  examples: ["a2a users list", "a2a users list --json"],
  async run({ platform }) {
    const users = await (await platform()).users.list();
    const rows = users.map(({ id, email, name, role, disabledAt }) => [
      email,
      name,
      role,
      disabledAt === null ? "active" : "disabled",
      id,
    ]);
    return { json: { users }, text: table(["email", "name", "role", "state", "id"], rows, "No users.") };
  },
};

const addCommand: Command = {
  name: "users add",
  summary: "Add a person. The code that signs them in, once, within 72 hours, is shown this once.",
  details: `Roles: ${ROLE_NAMES.join(", ")}. Only owners make owners.`,
  positionals: [EMAIL],
  options: {
    role: { type: "string", value: "ROLE", summary: `${ROLE_NAMES.join(", ")}; default viewer` },
    name: { type: "string", value: "NAME", summary: "what they are called; default: the email" },
  },
  examples: ["a2a users add ada@example.com --role developer", "a2a users add bob@example.com --name Bob"],
  async run({ args, platform, progress }) {
    const name = args.text("name");
    const role = parseRole(args.text("role") ?? "viewer");
    const client = await platform();
    const added = await client.users.add({
      email: args.required("EMAIL"),
      role,
      ...(name === undefined ? {} : { name }),
    });
    progress(`${oneLine(added.email)} is ${added.role}.`);
    if (added.code === undefined) return { json: added, text: "They sign in as they always do." };
    progress("They sign in at the console with this code; it works once.");
    return { json: added, text: printable(added.code) };
  },
};

const roleCommand: Command = {
  name: "users role",
  summary: "Give a person another role. Their sessions end.",
  positionals: [EMAIL, { name: "ROLE", summary: ROLE_NAMES.join(", ") }],
  options: {},
  examples: ["a2a users role ada@example.com admin"],
  async run(context) {
    const role = parseRole(context.args.required("ROLE"));
    return await withUser(context, async ({ users }, { id }) => await users.setRole(id, role));
  },
};

const disableCommand: Command = {
  name: "users disable",
  summary: "Shut a person and the keys they made out, at once.",
  positionals: [EMAIL],
  options: {},
  examples: ["a2a users disable ada@example.com"],
  run: async (context) => await withUser(context, async ({ users }, { id }) => await users.disable(id)),
};

const enableCommand: Command = {
  name: "users enable",
  summary: "Let a disabled person in again.",
  positionals: [EMAIL],
  options: {},
  examples: ["a2a users enable ada@example.com"],
  run: async (context) => await withUser(context, async ({ users }, { id }) => await users.enable(id)),
};

const codeCommand: Command = {
  name: "users code",
  summary: "Make a new sign-in code for a person who has lost their way in. It is shown this once.",
  positionals: [EMAIL],
  options: {},
  examples: ["a2a users code ada@example.com"],
  async run(context) {
    const client = await context.platform();
    const { code } = await client.users.createCode((await findUser(client, context)).id);
    return { json: { code }, text: printable(code) };
  },
};

const removeCommand: Command = {
  name: "users remove",
  summary: "Remove a person from the organization, at once.",
  positionals: [EMAIL],
  options: { yes: { type: "boolean", summary: "do not ask" } },
  examples: ["a2a users remove ada@example.com"],
  async run(context) {
    const client = await context.platform();
    const { id, email } = await findUser(client, context);
    await confirm(context, `Remove ${oneLine(email)}? The API keys they made stop too.`);
    await client.users.remove(id);
    return { json: { user: id, removed: true }, text: `Removed ${oneLine(email)}.` };
  },
};

export const usersCommands: readonly Command[] = [
  listCommand,
  addCommand,
  roleCommand,
  disableCommand,
  enableCommand,
  codeCommand,
  removeCommand,
];

async function withUser(
  context: CommandContext,
  change: (client: PlatformClient, user: User) => Promise<User>,
): Promise<CommandResult> {
  const client = await context.platform();
  const user = await change(client, await findUser(client, context));
  const state = user.disabledAt === null ? user.role : `${user.role}, disabled`;
  return { json: user, text: `${oneLine(user.email)} is ${state}.` };
}

async function findUser(client: PlatformClient, { args }: CommandContext): Promise<User> {
  const wanted = args.required("EMAIL");
  const users = await client.users.list();
  const user = users.find(({ id, email }) => email === wanted.trim().toLowerCase() || id === wanted);
  if (user !== undefined) return user;
  const emails = users.map(({ email }) => email);
  const meant = nearest(wanted, emails);
  const hint = meant === undefined ? "`a2a users` lists them." : `Did you mean ${oneLine(meant)}?`;
  throw new UsageError(`There is no user "${wanted}".`, hint);
}

function parseRole(text: string): OrgRole {
  if (isRole(text)) return text;
  const meant = nearest(text, ROLE_NAMES);
  const hint = meant === undefined ? `They are ${ROLE_NAMES.join(", ")}.` : `Did you mean ${meant}?`;
  throw new UsageError(`"${text}" is no role.`, hint);
}

function isRole(text: string): text is OrgRole {
  return Object.hasOwn(ROLES, text);
}
