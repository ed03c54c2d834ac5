import { UsageError } from "../args/usage-error.ts";
import type { Command } from "../command.ts";
import { ExitCode } from "../exit-code.ts";
import { confirm } from "../platform/confirm.ts";
import { printable } from "../render/printable.ts";
import { fields, table } from "../render/table.ts";
import { readFileOrStdin } from "../run/read-input.ts";
import { planCommand } from "./targets-plan.ts";
import { parseSettings } from "./target-settings.ts";

const NAME = { name: "NAME", summary: "the target's name" };

const kindsCommand: Command = {
  name: "targets kinds",
  summary: "List the kinds of targets and the settings that each asks for.",
  positionals: [{ name: "KIND", optional: true, summary: "only this one" }],
  options: {},
  examples: ["a2a targets kinds", "a2a targets kinds cloud-run"],
  async run({ args, platform }) {
    const only = args.positional("KIND");
    const { kinds } = await (await platform()).targets.kinds();
    const shown = kinds.filter(({ kind }) => only === undefined || kind === only);
    if (shown.length === 0) {
      throw new UsageError(`There is no kind ${only}.`, `Kinds are ${kinds.map(({ kind }) => kind).join(", ")}.`);
    }
    const text = shown.map(({ kind, help, credential = "none", fields: settings }) => {
      const rows = settings.map(({ key, required, choices, example, help: what }) => [
        key,
        required ? "needed" : "",
        choices?.join(", ") ?? example ?? "",
        what,
      ]);
      return `${kind}: ${help}\ncredential: ${credential}\n${table(["setting", "", "such as", "what it is"], rows, "")}`;
    });
    return { json: { kinds: shown }, text: text.join("\n\n") };
  },
};

const listCommand: Command = {
  name: "targets list",
  summary: "List the places beyond the platform that agents are deployed to.",
  details: "`a2a deploy --target NAME` deploys to one of them.",
  positionals: [],
  options: {},
  examples: ["a2a targets list", "a2a targets list --json"],
  async run({ platform }) {
    const targets = await (await platform()).targets.list();
    const rows = targets.map(({ name, kind, registry, hasCredential, updatedAt }) => [
      name,
      kind,
      registry?.repository,
      hasCredential ? "its own" : "the platform's",
      updatedAt,
    ]);
    const columns = ["name", "kind", "registry", "credential", "updated"];
    return { json: { targets }, text: table(columns, rows, "No targets.") };
  },
};

const showCommand: Command = {
  name: "targets show",
  summary: "Show a target's settings. Its credential is never shown.",
  positionals: [NAME],
  options: {},
  examples: ["a2a targets show production", "a2a targets show production --json"],
  async run({ args, platform }) {
    const target = await (await platform()).targets.get(args.required("NAME"));
    const { name, kind, settings, registry, hasCredential, createdBy, updatedAt } = target;
    const text = fields([
      ["name", name],
      ["kind", kind],
      ...Object.entries(settings).map(
        ([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)] as const,
      ),
      ["registry", registry?.repository],
      ["registry credential", registry?.credential],
      ["credential", hasCredential ? "its own" : "the platform's"],
      ["created by", createdBy],
      ["updated", updatedAt],
    ]);
    return { json: target, text };
  },
};

const setCommand: Command = {
  name: "targets set",
  summary: "Add a target, or change one: settings that are not named stay.",
  details:
    "Nothing is asked for. The credential is kept sealed and never shown; it is a file and never an argument, where the shell's history would have it.",
  positionals: [NAME],
  options: {
    kind: { type: "string", value: "KIND", summary: "of a new one; `a2a targets kinds` lists them" },
    set: {
      type: "string",
      value: "KEY=VALUE",
      multiple: true,
      summary: "a setting; KEY= takes it away; may be given again",
    },
    registry: {
      type: "string",
      value: "REPOSITORY",
      summary: "where its images are pushed to, such as r.example/agents",
    },
    "registry-credential": {
      type: "string",
      value: "SECRET",
      summary: "the secret that opens the registry, or google",
    },
    credential: { type: "string", value: "FILE", summary: "such as a kubeconfig, - for stdin; none: takes it away" },
  },
  examples: [
    "a2a targets set production --kind kubernetes --set namespace=agents --registry registry.example/agents",
    "kubectl config view --minify --flatten | a2a targets set production --credential -",
    "a2a targets set run --kind cloud-run --set project=my-agents-123 --set region=europe-west1",
  ],
  async run({ args, io, platform }) {
    const name = args.required("NAME");
    const { targets } = await platform();
    const known = (await targets.list()).find((target) => target.name === name);
    const kind = args.text("kind") ?? known?.kind;
    if (kind === undefined) throw new UsageError(`There is no target ${name} yet.`, "Say what it is: --kind KIND.");
    const form = (await targets.kinds()).kinds.find((each) => each.kind === kind);
    const settings = parseSettings(args.texts("set"), form?.fields ?? [], known?.settings);
    const repository = args.text("registry") ?? known?.registry?.repository;
    const secret = args.text("registry-credential") ?? known?.registry?.credential ?? null;
    const file = args.text("credential");
    const credential = file === undefined ? undefined : file === "none" ? null : await readFileOrStdin(file, io);
    const target = await targets.set(name, {
      kind,
      settings,
      ...(repository === undefined ? {} : { registry: { repository, credential: secret } }),
      ...(credential === undefined ? {} : { credential }),
    });
    const verb = known === undefined ? "Added" : "Changed";
    return { json: target, text: `${verb} ${name}. \`a2a targets check ${name}\` looks whether it can be used.` };
  },
};

const checkCommand: Command = {
  name: "targets check",
  summary: "Ask a target whether it can be deployed to, and what is missing.",
  details: "Changes nothing there. Exits with 1 when something is missing.",
  positionals: [NAME],
  options: {},
  examples: ["a2a targets check production", "a2a targets check production --json"],
  async run({ args, colors, platform }) {
    const name = args.required("NAME");
    const check = await (await platform()).targets.check(name);
    const problems = check.problems.flatMap(({ message, hint }) => [
      `${colors.red("✗")} ${printable(message)}`,
      ...(hint === undefined ? [] : [`  ${printable(hint)}`]),
    ]);
    const warnings = check.warnings.map((warning) => `! ${printable(warning)}`);
    const good = check.ok ? [`${colors.green("✓")} ${name} answers.`] : [];
    return {
      json: check,
      text: [...good, ...problems, ...warnings].join("\n"),
      ...(check.ok ? {} : { exitCode: ExitCode.Failed }),
    };
  },
};

const removeCommand: Command = {
  name: "targets remove",
  summary: "Remove a target that nothing runs on.",
  positionals: [NAME],
  options: {
    yes: { type: "boolean", summary: "do not ask" },
    abandon: { type: "boolean", summary: "leave what runs there, and forget it" },
  },
  examples: ["a2a targets remove old", "a2a targets remove gone --abandon --yes"],
  async run(context) {
    const name = context.args.required("NAME");
    const abandon = context.args.flag("abandon");
    const { targets } = await context.platform();
    await targets.get(name);
    await confirm(context, `Remove ${name}?${abandon ? " What runs there is left there." : ""}`);
    await targets.remove(name, { abandon });
    return { json: { target: name, removed: true }, text: `Removed ${name}.` };
  },
};

export const targetsCommands: readonly Command[] = [
  listCommand,
  kindsCommand,
  showCommand,
  setCommand,
  checkCommand,
  planCommand,
  removeCommand,
];
