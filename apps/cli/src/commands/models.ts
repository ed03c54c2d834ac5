import type { NewModelProvider } from "@berth/sdk/client";
import { nearest } from "../args/nearest.ts";
import { UsageError } from "../args/usage-error.ts";
import type { Command, CommandContext } from "../command.ts";
import { confirm } from "../platform/confirm.ts";
import { table } from "../render/table.ts";

const KINDS = ["openai", "anthropic", "gemini", "ollama"] as const;
const NAME = { name: "NAME", summary: "a-z, 0-9 and hyphen" };

const listCommand: Command = {
  name: "models list",
  summary: "List providers, their models and prices, and the aliases. Keys are never shown.",
  positionals: [],
  options: {},
  examples: ["a2a models list", "a2a models list --json"],
  async run({ platform }) {
    const settings = await (await platform()).models.list();
    const models = settings.providers.flatMap(({ name, kind, baseUrl, secret, models }) =>
      models.map((model) => [
        `${name}/${model.name}`,
        kind,
        baseUrl,
        secret ?? "none",
        model.inputPrice ?? "",
        model.outputPrice ?? "",
      ]),
    );
    const columns = ["model", "kind", "base URL", "secret", "in $/M", "out $/M"];
    const aliases = settings.aliases.map(({ name, models }) => [name, models.join(", ")]);
    const text = table(columns, models, "No models: a2a models add.");
    return {
      json: settings,
      text: aliases.length === 0 ? text : `${text}\n\n${table(["alias", "models"], aliases, "")}`,
    };
  },
};

const addCommand: Command = {
  name: "models add",
  summary: "Add a provider of models, or replace the one of this name.",
  details:
    "Its key is a secret of the organization (a2a secrets set), which agents never see. Prices are US dollars for a million input and output tokens; calls of a model without one cost nothing. Private addresses, such as Ollama's own, are for whoever runs the platform to allow: BERTH_OUTBOUND_ALLOW.",
  positionals: [NAME],
  options: {
    kind: { type: "string", value: "KIND", summary: KINDS.join(", ") },
    "base-url": { type: "string", value: "URL", summary: "default: the kind's own" },
    secret: { type: "string", value: "SECRET", summary: "the name of the secret that is its key" },
    models: { type: "string", value: "MODEL,…", summary: "as the provider names them" },
    price: { type: "string", value: "MODEL=IN/OUT", multiple: true, summary: "of one of them; may be given again" },
    concurrency: { type: "string", value: "N", summary: "calls at once; default 16" },
    timeout: { type: "string", value: "SECONDS", summary: "for one request; default 600" },
  },
  examples: [
    "a2a models add openai --kind openai --secret OPENAI_API_KEY --models gpt-5-mini --price gpt-5-mini=0.25/2",
    "a2a models add local --kind ollama --base-url http://localhost:11434/v1 --models llama3.2",
  ],
  async run(context) {
    const { args, platform } = context;
    const [baseUrl, secret] = [args.text("base-url"), args.text("secret")];
    const [concurrency, timeoutSeconds] = [wholeOf(context, "concurrency"), wholeOf(context, "timeout")];
    const provider: NewModelProvider = {
      kind: kindOf(args.text("kind")),
      models: pricedModels(context),
      ...(baseUrl === undefined ? {} : { baseUrl }),
      ...(secret === undefined ? {} : { secret }),
      ...(concurrency === undefined ? {} : { concurrency }),
      ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    };
    const kept = await (await platform()).models.putProvider(args.required("NAME"), provider);
    const names = kept.models.map(({ name }) => `${kept.name}/${name}`);
    return { json: kept, text: `Agents may now be allowed ${names.join(", ")} (models in berth.json).` };
  },
};

const removeCommand: Command = {
  name: "models remove",
  summary: "Remove a provider, or with --alias an alias, at once.",
  positionals: [NAME],
  options: {
    alias: { type: "boolean", summary: "the alias of this name" },
    yes: { type: "boolean", summary: "do not ask" },
  },
  examples: ["a2a models remove openai", "a2a models remove fast --alias"],
  async run(context) {
    const name = context.args.required("NAME");
    const { models } = await context.platform();
    await confirm(context, `Remove ${name}? Calls of agents that use it will fail.`);
    if (context.args.flag("alias")) await models.removeAlias(name);
    else await models.removeProvider(name);
    return { json: { name, removed: true }, text: `Removed ${name}.` };
  },
};

const aliasCommand: Command = {
  name: "models alias",
  summary: "Name one or more models; the next is tried when one cannot answer.",
  positionals: [NAME, { name: "MODELS", summary: "provider/model,provider/model" }],
  options: {},
  examples: ["a2a models alias fast openai/gpt-5-mini,anthropic/claude-haiku-4-5"],
  async run({ args, platform }) {
    const models = splitList(args.required("MODELS"));
    const kept = await (await platform()).models.putAlias(args.required("NAME"), models);
    return { json: kept, text: `${kept.name} is ${kept.models.join(", then ")}.` };
  },
};

export const modelsCommands: readonly Command[] = [listCommand, addCommand, removeCommand, aliasCommand];

function kindOf(text: string | undefined): NewModelProvider["kind"] {
  const kind = KINDS.find((known) => known === text);
  if (kind !== undefined) return kind;
  const meant = text === undefined ? undefined : nearest(text, KINDS);
  throw new UsageError(
    `--kind must be one of ${KINDS.join(", ")}.`,
    meant === undefined ? "Such as --kind openai." : `Did you mean ${meant}?`,
  );
}

function pricedModels({ args }: CommandContext): NewModelProvider["models"] {
  const names = splitList(args.text("models") ?? "");
  if (names.length === 0)
    throw new UsageError("--models must name at least one model.", "Such as --models gpt-5-mini.");
  const prices = new Map(
    args.texts("price").map((text) => {
      const [, name, inputPrice = "", outputPrice = ""] = /^(.+)=([\d.]+)\/([\d.]+)$/.exec(text) ?? [];
      if (name !== undefined && names.includes(name)) return [name, { inputPrice, outputPrice }] as const;
      throw new UsageError(`--price ${text} is no price of one of the models.`, "Such as --price gpt-5-mini=0.25/2.");
    }),
  );
  return names.map((name) => ({ name, ...prices.get(name) }));
}

function wholeOf({ args }: CommandContext, name: string): number | undefined {
  const text = args.text(name);
  if (text === undefined || /^[1-9]\d{0,5}$/.test(text)) return text === undefined ? undefined : Number(text);
  throw new UsageError(`--${name} must be a whole number.`, `Such as --${name} 8.`);
}

function splitList(text: string): readonly string[] {
  return text
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");
}
