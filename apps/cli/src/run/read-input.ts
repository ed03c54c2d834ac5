import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import type { JsonValue } from "@berth/protocol";
import { UsageError } from "../args/usage-error.ts";
import type { Io } from "../io.ts";

/** JSON given as `--input`: itself, `@file`, or `-` for stdin. @throws UsageError */
export async function readJsonInput(value: string, io: Io): Promise<JsonValue> {
  const source = value === "-" ? "stdin" : value.startsWith("@") ? value.slice(1) : "--input";
  const content = await readContent(value, io);
  try {
    // JSON.parse gives nothing but JSON values.
    return JSON.parse(content) as JsonValue;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(
      `${source} is not JSON: ${why}.`,
      `Such as --input '{"text":"hi"}', --input @file.json or --input -.`,
    );
  }
}

async function readContent(value: string, io: Io): Promise<string> {
  if (value === "-") return await text(io.stdin);
  return value.startsWith("@") ? await readUserFile(value.slice(1), io) : value;
}

/** A file the user named, or stdin as `-`. @throws UsageError */
export async function readFileOrStdin(path: string, io: Io): Promise<string> {
  return path === "-" ? await text(io.stdin) : await readUserFile(path, io);
}

async function readUserFile(path: string, { cwd }: Io): Promise<string> {
  try {
    return await readFile(resolve(cwd, path), "utf8");
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    throw new UsageError(isMissing ? `There is no file ${path}.` : `${path} cannot be read.`, "Check the path.");
  }
}
