import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { MemoryFilter, MemoryOwner, MemoryTarget, NewMemory } from "@berth/sdk/client";
import { UsageError } from "../args/usage-error.ts";
import type { Command, CommandContext } from "../command.ts";
import { confirm } from "../platform/confirm.ts";
import { oneLine, printable } from "../render/printable.ts";
import { table } from "../render/table.ts";

const AGENT = { name: "AGENT", summary: "the agent's name" };
const WHOSE = {
  everybody: { type: "boolean", summary: "what the agent remembers for everybody, instead of yours" },
  owner: { type: "string", value: "ID", summary: "another principal's, such as usr_01…" },
} as const;
const MODES = ["hybrid", "vector", "text"] as const;
const SHOWN = 100;

type JsonObject = NonNullable<NewMemory["metadata"]>;

const listCommand: Command = {
  name: "memory list",
  summary: "List what an agent remembers for you, newest first.",
  positionals: [AGENT],
  options: {
    ...WHOSE,
    limit: { type: "string", value: "N", summary: "1 to 100, default 50" },
    after: { type: "string", value: "ID", summary: "go on behind this item" },
  },
  examples: ["a2a memory list docs-rag", "a2a memory list docs-rag --everybody --json"],
  async run(context) {
    const { args, platform } = context;
    const limit = args.integer("limit", { min: 1, max: 100 });
    const after = args.text("after");
    const page = await (
      await platform()
    ).memory.list(args.required("AGENT"), {
      ...ownerOf(context),
      ...(limit === undefined ? {} : { limit }),
      ...(after === undefined ? {} : { after }),
    });
    const rows = page.items.map(({ id, key = "", createdAt, text }) => [id, key, createdAt, shorten(text)]);
    return { json: page, text: table(["id", "key", "saved", "text"], rows, "Nothing is remembered.") };
  },
};

const spacesCommand: Command = {
  name: "memory spaces",
  summary: "For whom an agent remembers something, and how much.",
  positionals: [AGENT],
  options: { after: { type: "string", value: "ID", summary: "go on behind this owner" } },
  examples: ["a2a memory spaces docs-rag"],
  async run({ args, platform }) {
    const after = args.text("after");
    const page = { limit: SHOWN, ...(after === undefined ? {} : { after }) };
    const found = await (await platform()).memory.spaces(args.required("AGENT"), page);
    const rows = found.spaces.map(({ owner = "everybody", items, bytes, model }) => [owner, items, bytes, model]);
    return { json: found, text: table(["for", "items", "bytes", "model"], rows, "Nothing is remembered.") };
  },
};

const saveCommand: Command = {
  name: "memory save",
  summary: "Have an agent remember a text.",
  positionals: [AGENT, { name: "TEXT", optional: true, summary: "the text; or give --file" }],
  options: {
    ...WHOSE,
    file: { type: "string", value: "PATH", summary: "take the text from this file" },
    key: { type: "string", value: "KEY", summary: "what is saved under it later takes its place" },
    source: { type: "string", value: "TEXT", summary: "where it comes from" },
    metadata: { type: "string", value: "JSON", summary: "an object to filter by" },
    ttl: { type: "string", value: "SECONDS", summary: "how long it is remembered" },
  },
  examples: [
    "a2a memory save helper 'Ada prefers short answers'",
    "a2a memory save helper --file notes.md --key notes",
  ],
  async run(context) {
    const { args, io, platform } = context;
    const file = args.text("file");
    const text = file === undefined ? args.positional("TEXT") : await readFile(resolve(io.cwd, file), "utf8");
    if (text === undefined) throw new UsageError("There is no text.", "Give TEXT, or --file PATH.");
    const [key, source] = [args.text("key"), args.text("source")];
    const metadata = objectOf(args.text("metadata"), "metadata");
    const ttlSeconds = args.integer("ttl", { min: 1, max: 4_000_000_000 });
    const saved = await (
      await platform()
    ).memory.save(args.required("AGENT"), {
      text,
      ...ownerOf(context),
      ...(key === undefined ? {} : { key }),
      ...(source === undefined ? {} : { source }),
      ...(metadata === undefined ? {} : { metadata }),
      ...(ttlSeconds === undefined ? {} : { ttlSeconds }),
    });
    return { json: saved, text: `${saved.id} ${saved.outcome}.` };
  },
};

const searchCommand: Command = {
  name: "memory search",
  summary: "Search what an agent remembers.",
  positionals: [AGENT, { name: "QUERY", summary: "what to look for" }],
  options: {
    ...WHOSE,
    limit: { type: "string", value: "N", summary: "1 to 100, default 10" },
    mode: { type: "string", value: "MODE", summary: `${MODES.join(", ")}; default hybrid` },
    filter: { type: "string", value: "JSON", summary: 'on the metadata, such as {"year":{"gte":2025}}' },
  },
  examples: [
    "a2a memory search docs-rag 'who may approve' --everybody",
    "a2a memory search helper answers --mode text",
  ],
  async run(context) {
    const { args, platform } = context;
    const limit = args.integer("limit", { min: 1, max: 100 });
    const mode = modeOf(args.text("mode"));
    const filter = objectOf(args.text("filter"), "filter");
    const answer = await (
      await platform()
    ).memory.search(args.required("AGENT"), {
      query: args.required("QUERY"),
      ...ownerOf(context),
      ...(limit === undefined ? {} : { limit }),
      ...(mode === undefined ? {} : { mode }),
      // What its members must be, the platform says.
      ...(filter === undefined ? {} : { filter: filter as MemoryFilter }),
    });
    const rows = answer.hits.map(({ id, score, source, key, text }) => [
      id,
      score.toFixed(4),
      oneLine(source ?? key ?? ""),
      shorten(text),
    ]);
    return { json: answer, text: table(["id", "score", "source", "passage"], rows, "Nothing is found.") };
  },
};

const removeCommand: Command = {
  name: "memory delete",
  summary: "Have an agent forget: by id, by key, by metadata, or everything.",
  positionals: [AGENT, { name: "ID", optional: true, summary: "an item's id, such as mem_01…" }],
  options: {
    ...WHOSE,
    key: { type: "string", value: "KEY", summary: "what is under this key" },
    filter: { type: "string", value: "JSON", summary: "what has this metadata" },
    all: { type: "boolean", summary: "everything" },
    yes: { type: "boolean", summary: "do not ask" },
  },
  examples: ["a2a memory delete helper mem_01…", "a2a memory delete helper --all --yes"],
  async run(context) {
    const { args } = context;
    const agent = args.required("AGENT");
    const target = targetOf(context);
    const { memory } = await context.platform();
    await confirm(context, `Have ${agent} forget ${"all" in target ? "everything" : "this"}?`);
    const { removed } = await memory.remove(agent, { ...target, ...ownerOf(context) });
    return { json: { removed }, text: `${removed} deleted.` };
  },
};

export const memoryCommands: readonly Command[] = [
  listCommand,
  spacesCommand,
  searchCommand,
  saveCommand,
  removeCommand,
];

function ownerOf({ args }: CommandContext): MemoryOwner {
  const owner = args.text("owner");
  if (!args.flag("everybody")) return owner === undefined ? {} : { owner };
  if (owner === undefined) return { scope: "agent" };
  throw new UsageError("--everybody and --owner exclude each other.", "Give one of them.");
}

function targetOf({ args }: CommandContext): MemoryTarget {
  const id = args.positional("ID");
  const key = args.text("key");
  const filter = objectOf(args.text("filter"), "filter");
  const targets: MemoryTarget[] = [
    ...(id === undefined ? [] : [{ ids: [id] }]),
    ...(key === undefined ? [] : [{ key }]),
    ...(filter === undefined ? [] : [{ filter: filter as MemoryFilter }]), // as above
    ...(args.flag("all") ? [{ all: true } as const] : []),
  ];
  const [target] = targets;
  if (target !== undefined && targets.length === 1) return target;
  throw new UsageError("What is to be forgotten?", "Give one of ID, --key, --filter and --all.");
}

function modeOf(text: string | undefined): (typeof MODES)[number] | undefined {
  const mode = MODES.find((each) => each === text);
  if (text === undefined || mode !== undefined) return mode;
  throw new UsageError(`There is no mode "${text}".`, `Use ${MODES.join(", ")}.`);
}

function objectOf(text: string | undefined, option: string): JsonObject | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    // Parsed from JSON, and neither null nor a list.
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  } catch {
    // Told below.
  }
  throw new UsageError(`--${option} is not a JSON object.`, `Such as --${option} '{"topic":"billing"}'.`);
}

function shorten(text: string): string {
  const line = printable(text.slice(0, 200)).replace(/\s+/g, " ").trim();
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}
