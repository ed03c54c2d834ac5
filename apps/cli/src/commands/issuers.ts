import { ROLES } from "@berth/protocol";
import type { OrgRole } from "@berth/protocol";
import { nearest } from "../args/nearest.ts";
import { UsageError } from "../args/usage-error.ts";
import type { Command } from "../command.ts";
import { confirm } from "../platform/confirm.ts";
import { oneLine } from "../render/printable.ts";
import { table } from "../render/table.ts";

const ROLE_NAMES: readonly string[] = Object.keys(ROLES);

const listCommand: Command = {
  name: "issuers list",
  summary: "List the issuers whose identities are trusted.",
  positionals: [],
  options: {},
  examples: ["a2a issuers list", "a2a issuers list --json"],
  async run({ platform }) {
    const issuers = await (await platform()).issuers.list();
    const rows = issuers.flatMap(({ id, issuer, bindings }) =>
      bindings.map(({ subject, email, role, agents }) => [
        id,
        issuer,
        email ?? subject ?? "",
        role,
        agents === undefined ? "all" : agents.join(", "),
      ]),
    );
    return { json: { issuers }, text: table(["id", "issuer", "who", "role", "agents"], rows, "No issuers.") };
  },
};

const addCommand: Command = {
  name: "issuers add",
  summary: "Trust an issuer's tokens, or client certificates, and say who they are here.",
  details: `A token must name the agent's address as its audience, and its agent must offer openIdConnect in berth.json. For certificates the issuer is mtls, and a subject is one of the certificate's names: URI:…, DNS:…, CN=…, sha256:<hex>. Roles: ${ROLE_NAMES.join(", ")}.`,
  positionals: [{ name: "ISSUER", summary: "its iss, such as https://accounts.google.com, or mtls" }],
  options: {
    subject: { type: "string", value: "SUB=ROLE", multiple: true, summary: "who has this role; * is everybody" },
    email: { type: "string", value: "EMAIL=ROLE", multiple: true, summary: "the same by verified email" },
    agent: { type: "string", value: "AGENT", multiple: true, summary: "only these agents; default: all" },
    audience: { type: "string", value: "AUD", multiple: true, summary: "take this audience too" },
    algorithm: { type: "string", value: "ALG", multiple: true, summary: "default RS256, PS256, ES256, EdDSA" },
    "single-use": { type: "boolean", summary: "take each token once; those without a jti never" },
    jwks: { type: "string", value: "URL", summary: "where its keys are; default: by discovery" },
  },
  examples: [
    "a2a issuers add https://jobs.example.com --subject '*=invoker' --single-use",
    "a2a issuers add https://accounts.google.com --email ada@example.com=invoker",
    "a2a issuers add https://ci.example.com --subject 'repo:acme/app=invoker' --agent echo",
    "a2a issuers add mtls --subject 'URI:spiffe://example.com/billing=invoker'",
  ],
  async run({ args, platform, progress }) {
    const agents = args.texts("agent");
    const only = agents.length === 0 ? {} : { agents };
    const bindings = [
      ...args.texts("subject").map((text) => ({ subject: whoOf(text), role: roleOf(text), ...only })),
      ...args.texts("email").map((text) => ({ email: whoOf(text), role: roleOf(text), ...only })),
    ];
    if (bindings.length === 0)
      throw new UsageError("Nobody is bound.", "Add --subject SUB=ROLE or --email EMAIL=ROLE.");
    const [audiences, algorithms, jwksUri] = [args.texts("audience"), args.texts("algorithm"), args.text("jwks")];
    const added = await (
      await platform()
    ).issuers.add({
      issuer: args.required("ISSUER"),
      bindings,
      ...(audiences.length === 0 ? {} : { audiences }),
      ...(algorithms.length === 0 ? {} : { algorithms }),
      ...(jwksUri === undefined ? {} : { jwksUri }),
      ...(args.flag("single-use") ? { singleUse: true } : {}),
    });
    progress(`${oneLine(added.issuer)} is trusted.`);
    return { json: added, text: added.id };
  },
};

const removeCommand: Command = {
  name: "issuers remove",
  summary: "Trust an issuer no longer, at once.",
  positionals: [{ name: "ID", summary: "the issuer's id, iss_…" }],
  options: { yes: { type: "boolean", summary: "do not ask" } },
  examples: ["a2a issuers remove iss_01…"],
  async run(context) {
    const id = context.args.required("ID");
    const { issuers } = await context.platform();
    await confirm(context, `Remove ${id}? Its identities are shut out.`);
    await issuers.remove(id);
    return { json: { issuer: id, removed: true }, text: `Removed ${id}.` };
  },
};

export const issuersCommands: readonly Command[] = [listCommand, addCommand, removeCommand];

/** A subject may hold an equals sign; a role cannot. */
function whoOf(text: string): string {
  const end = text.lastIndexOf("=");
  if (end > 0) return text.slice(0, end);
  throw new UsageError(`"${text}" names no role.`, "Write WHO=ROLE, such as ada@example.com=invoker.");
}

function roleOf(text: string): OrgRole {
  const name = text.slice(text.lastIndexOf("=") + 1);
  if (isRole(name)) return name;
  const meant = nearest(name, ROLE_NAMES);
  const hint = meant === undefined ? `They are ${ROLE_NAMES.join(", ")}.` : `Did you mean ${meant}?`;
  throw new UsageError(`"${name}" is no role.`, hint);
}

function isRole(name: string): name is OrgRole {
  return ROLE_NAMES.includes(name);
}
