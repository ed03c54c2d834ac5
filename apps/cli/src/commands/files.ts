import { readFile, stat, writeFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import type { FileInfo, PlatformClient } from "@berth/sdk/client";
import { UsageError } from "../args/usage-error.ts";
import type { Command } from "../command.ts";
import { confirm } from "../platform/confirm.ts";
import { oneLine, printable } from "../render/printable.ts";
import { table } from "../render/table.ts";

const PATH = { name: "PATH", summary: "a path in the workspace, such as reports/2026.csv" };
const VERSION = { min: 0, max: Number.MAX_SAFE_INTEGER };
const PAGE = 1_000;
const MAX_LISTED = 100_000;
const MAX_FILE_BYTES = 64 * 1024 * 1024;

const listCommand: Command = {
  name: "files list",
  summary: "List the files of the workspace.",
  details: "`a2a files reports/` is short for it.",
  positionals: [{ name: "PREFIX", optional: true, summary: "only paths that begin with it, such as reports/" }],
  options: {},
  examples: ["a2a files list", "a2a files list outputs/ --json"],
  async run({ args, platform }) {
    const files = await listAll(await platform(), args.positional("PREFIX") ?? "");
    const rows = files.map(({ path, bytes, version, mediaType, at }) => [path, bytes, version, mediaType, at]);
    return { json: { files }, text: table(["path", "bytes", "version", "type", "written"], rows, "No files.") };
  },
};

const putCommand: Command = {
  name: "files put",
  summary: "Write a file of this machine into the workspace.",
  positionals: [
    { name: "LOCAL", summary: "the file on this machine" },
    { ...PATH, optional: true, summary: "where to; default: its own name" },
  ],
  options: {
    base: { type: "string", value: "N", summary: "the version it is based on, 0 for a new file; else it is refused" },
    type: { type: "string", value: "TYPE", summary: "its media type; default: by the extension" },
  },
  examples: ["a2a files put sales.csv", "a2a files put out.csv reports/2026.csv --base 3"],
  async run({ args, io, platform }) {
    const local = resolve(io.cwd, args.required("LOCAL"));
    const content = await readLocal(local);
    const expectedVersion = args.integer("base", VERSION);
    const mediaType = args.text("type");
    const file = await (
      await platform()
    ).files.put(args.positional("PATH") ?? basename(local), content, {
      ...(expectedVersion === undefined ? {} : { expectedVersion }),
      ...(mediaType === undefined ? {} : { mediaType }),
    });
    return { json: file, text: `${oneLine(file.path)} is at version ${file.version}, ${file.bytes} bytes.` };
  },
};

const getCommand: Command = {
  name: "files get",
  summary: "Read a file of the workspace.",
  positionals: [PATH, { name: "LOCAL", optional: true, summary: "where to; default: its own name here. - for stdout" }],
  options: { version: { type: "string", value: "N", summary: "an older version; default: the newest" } },
  examples: ["a2a files get reports/2026.csv", "a2a files get notes.md - --version 2"],
  async run({ args, io, platform, progress }) {
    const path = args.required("PATH");
    const version = args.integer("version", VERSION);
    const content = await (await platform()).files.get(path, version === undefined ? {} : { version });
    const local = args.positional("LOCAL") ?? basename(path);
    if (local !== "-") {
      const target = resolve(io.cwd, local);
      await writeFile(target, content);
      return {
        json: { path, local: target, bytes: content.byteLength },
        text: `${content.byteLength} bytes in ${local}`,
      };
    }
    // For a person it is made safe; a program gets what is there.
    const text = new TextDecoder().decode(content);
    io.stdout(io.isTty.stdout ? printable(text) : text);
    progress("");
    return {};
  },
};

const removeCommand: Command = {
  name: "files rm",
  summary: "Delete a file of the workspace; its versions stay readable.",
  positionals: [PATH],
  options: {
    history: { type: "boolean", summary: "delete its older versions too: they count against the quota" },
    yes: { type: "boolean", summary: "do not ask" },
  },
  examples: ["a2a files rm reports/2026.csv", "a2a files rm scratch.bin --history"],
  async run(context) {
    const path = context.args.required("PATH");
    const { files } = await context.platform();
    const history = context.args.flag("history");
    const what = `${oneLine(path)}${history ? " with all its versions" : ""}`;
    await confirm(context, `Delete ${what}?`);
    await files.remove(path, history ? { history } : {});
    return { json: { path, removed: true }, text: `Deleted ${what}.` };
  },
};

const historyCommand: Command = {
  name: "files history",
  summary: "Who wrote a file, and when.",
  positionals: [PATH],
  options: {},
  examples: ["a2a files history reports/2026.csv"],
  async run({ args, platform }) {
    const path = args.required("PATH");
    const versions = await (await platform()).files.history(path, { limit: PAGE });
    const rows = versions.map(({ version, digest, bytes, at, by, runId }) => [
      version,
      digest === undefined ? "deleted" : bytes,
      at,
      by,
      runId,
    ]);
    return {
      json: { path, versions },
      text: table(["version", "bytes", "written", "by", "run"], rows, "No versions."),
    };
  },
};

const diffCommand: Command = {
  name: "files diff",
  summary: "How two versions of a text file differ.",
  positionals: [PATH],
  options: {
    from: { type: "string", value: "N", summary: "default: the version before; 0 is an empty file" },
    to: { type: "string", value: "N", summary: "default: the newest version" },
  },
  examples: ["a2a files diff notes.md", "a2a files diff notes.md --from 1 --to 4"],
  async run({ args, platform }) {
    const [from, to] = [args.integer("from", VERSION), args.integer("to", VERSION)];
    const diff = await (
      await platform()
    ).files.diff(args.required("PATH"), {
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
    });
    const nothing = diff.text === undefined ? "Cannot be compared: no text, or too large." : "No difference.";
    return { json: diff, text: printable((diff.text ?? "").trimEnd()) || nothing };
  },
};

const usageCommand: Command = {
  name: "files usage",
  summary: "How much the workspace holds, and may hold.",
  positionals: [],
  options: {},
  examples: ["a2a files usage"],
  async run({ platform }) {
    const usage = await (await platform()).files.usage();
    const { files, bytes, released, quota } = usage;
    const rows = [
      ["files", files, quota.files],
      ["bytes of all versions", bytes, quota.bytes],
      ["bytes being collected", released, ""],
    ];
    return { json: usage, text: table(["what", "used", "quota"], rows, "") };
  },
};

export const filesCommands: readonly Command[] = [
  listCommand,
  putCommand,
  getCommand,
  removeCommand,
  historyCommand,
  diffCommand,
  usageCommand,
];

async function listAll({ files }: PlatformClient, prefix: string): Promise<readonly FileInfo[]> {
  const all: FileInfo[] = [];
  let after: string | undefined;
  do {
    const page = await files.list({ prefix, limit: PAGE, ...(after === undefined ? {} : { after }) });
    all.push(...page.files);
    after = page.next;
  } while (after !== undefined && all.length < MAX_LISTED);
  return all;
}

async function readLocal(path: string): Promise<Uint8Array> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true) throw new UsageError(`${path} is no file.`, "Name a file of this machine.");
  if (found.size > MAX_FILE_BYTES) throw new UsageError(`${path} has more than 64 MiB.`, "Split it.");
  return await readFile(path);
}
