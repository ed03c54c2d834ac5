import { PlatformError } from "@berth/protocol";

type TomlValue = string | readonly string[];

/** One `[name]` or `[[name]]`, in the order of the file. The part before the first is named "". */
export interface TomlTable {
  readonly name: string;
  readonly values: { readonly [key: string]: TomlValue };
}

const MAX_TABLES = 20_000;
const KEY = /^\s*("(?:[^"\\]|\\.)*"|'[^']*'|[\w-]+(?:\.[\w-]+)*)\s*=\s*(.*)$/;
const HEADER = /^\s*(\[{1,2})\s*([^\]]+?)\s*\]{1,2}\s*(?:#.*)?$/;
const TEXT = /"(?:[^"\\]|\\.)*"|'[^']*'/g;

/**
 * As much of TOML as manifests and lock files of packages need: tables, texts and lists of texts. Every other value, such
 * as a number or an inline table, is kept as it stands.
 * @throws CONFIG_INVALID
 */
export function parseToml(text: string, file: string): readonly TomlTable[] {
  const tables: { name: string; values: { [key: string]: TomlValue } }[] = [{ name: "", values: emptyValues() }];
  const lines = text.split(/\r?\n/);
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? "";
    const [, , name] = HEADER.exec(line) ?? [];
    if (name !== undefined) {
      if (tables.length >= MAX_TABLES) throw new PlatformError("CONFIG_INVALID", `${file} has too many tables.`);
      tables.push({ name: name.replaceAll(/["']/g, ""), values: emptyValues() });
      continue;
    }
    const [, key, first = ""] = KEY.exec(line) ?? [];
    if (key === undefined) continue;
    let value = first;
    if (value.startsWith("[")) {
      const parts = [value];
      for (let open = openLists(value); open > 0 && index + 1 < lines.length;) {
        const part = lines[++index] ?? "";
        parts.push(part);
        open += openLists(part);
      }
      value = parts.join("\n");
    }
    const table = tables.at(-1);
    if (table !== undefined) table.values[key.replaceAll(/^["']|["']$/g, "")] = valueOf(value);
  }
  return tables;
}

/** The first table of this name. */
export function tableOf(tables: readonly TomlTable[], name: string): TomlTable["values"] | undefined {
  return tables.find((table) => table.name === name)?.values;
}

export function tablesOf(tables: readonly TomlTable[], name: string): readonly TomlTable["values"][] {
  return tables.filter((table) => table.name === name).map(({ values }) => values);
}

/** A key of the file is never one of every object's. */
function emptyValues(): { [key: string]: TomlValue } {
  // Made without a prototype, with nothing in it.
  return Object.create(null) as { [key: string]: TomlValue };
}

/** Lists that begin in this line less those that end: brackets in texts and after # do not count. */
function openLists(line: string): number {
  const bare = line.replaceAll(TEXT, "").replace(/#.*$/, "");
  return (bare.match(/\[/g)?.length ?? 0) - (bare.match(/\]/g)?.length ?? 0);
}

function valueOf(value: string): TomlValue {
  const trimmed = value.trim();
  if (trimmed.startsWith("[")) return (listText(trimmed).match(TEXT) ?? []).map(textOf);
  const [text] = /^(?:"(?:[^"\\]|\\.)*"|'[^']*')/.exec(trimmed) ?? [];
  return text === undefined ? trimmed : textOf(text);
}

/** Without comments; a # in a text stays. */
function listText(value: string): string {
  return value.replaceAll(/("(?:[^"\\]|\\.)*"|'[^']*')|#[^\n]*/g, (_, text: string | undefined) => text ?? "");
}

function textOf(quoted: string): string {
  const inner = quoted.slice(1, -1);
  return quoted.startsWith("'") ? inner : inner.replaceAll(/\\(["\\])/g, "$1");
}
