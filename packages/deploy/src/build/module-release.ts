import { readFile } from "node:fs/promises";
import { PlatformError } from "@berth/protocol";
import type { Project } from "../source/read-project.ts";
import type { BuiltFiles } from "./built-files.ts";
import type { ReleaseFile } from "./release-digest.ts";
import { isData } from "./release-files.ts";

/** What compiling gives. */
export const MODULE_PATH = "agent.wasm";

/** `\0asm`, version 1. */
const MAGIC = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);

/** A module that the source brings. @throws BUILD_FAILED */
export async function moduleRelease(project: Project): Promise<BuiltFiles> {
  const files = await moduleFiles(project);
  const { entry } = project;
  return { files, entry, what: "a WebAssembly module", facts: { buildpack: "wasm", tools: {}, packages: [] } };
}

export async function moduleFiles({ files }: Pick<Project, "files">): Promise<readonly ReleaseFile[]> {
  return await Promise.all(
    files.filter(({ path }) => isData(path)).map(async ({ path, file }) => ({ path, bytes: await readFile(file) })),
  );
}

/** What its imports and exports must be is looked at where it is started, before anything is live. @throws BUILD_FAILED */
export function verifyModule({ files, entry }: Pick<BuiltFiles, "files" | "entry">): void {
  const module = files.find(({ path }) => path === entry);
  if (module === undefined || !MAGIC.every((byte, index) => module.bytes[index] === byte)) {
    throw new PlatformError("BUILD_FAILED", `${entry} is not a WebAssembly module of version 1.`, {
      hint: "A component has another version: deploy the core module inside it.",
    });
  }
}
