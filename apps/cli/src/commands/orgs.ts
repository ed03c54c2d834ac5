import type { Command } from "../command.ts";
import { oneLine, printable } from "../render/printable.ts";
import { table } from "../render/table.ts";

const listCommand: Command = {
  name: "orgs list",
  summary: "List the organizations you belong to.",
  positionals: [],
  options: {},
  examples: ["a2a orgs list", "a2a orgs list --json"],
  async run({ platform }) {
    const organizations = await (await platform()).organizations.list();
    const rows = organizations.map(({ orgId, name, role }) => [orgId, name, role ?? "API key"]);
    return { json: { organizations }, text: table(["id", "name", "role"], rows, "None.") };
  },
};

const createCommand: Command = {
  name: "orgs create",
  summary: "Create an organization. For owners of the default one.",
  details: "What belongs to one organization does not exist for others. Its first owner gets a sign-in code.",
  positionals: [{ name: "NAME", summary: "what people call it" }],
  options: { owner: { type: "string", value: "EMAIL", summary: "its first owner; default: you" } },
  examples: ["a2a orgs create Acme --owner ada@acme.example"],
  async run({ args, platform, progress }) {
    const owner = args.text("owner");
    const client = await platform();
    const created = await client.organizations.create({
      name: args.required("NAME"),
      ...(owner === undefined ? {} : { owner }),
    });
    progress(`${oneLine(created.name)} is ${created.orgId}; its owner is ${oneLine(created.owner.email)}.`);
    const { code } = created.owner;
    if (code === undefined) return { json: created, text: printable(created.orgId) };
    progress("They sign in at the console with this code; it works once, within 72 hours.");
    return { json: created, text: printable(code) };
  },
};

const renameCommand: Command = {
  name: "orgs rename",
  summary: "Rename your organization.",
  positionals: [
    { name: "ORG", summary: "its id, org_…" },
    { name: "NAME", summary: "what people call it" },
  ],
  options: {},
  examples: ["a2a orgs rename org_default Acme"],
  async run({ args, platform }) {
    const client = await platform();
    const renamed = await client.organizations.rename(args.required("ORG"), args.required("NAME"));
    return { json: renamed, text: `${renamed.orgId} is ${oneLine(renamed.name)}.` };
  },
};

export const orgsCommands: readonly Command[] = [listCommand, createCommand, renameCommand];
