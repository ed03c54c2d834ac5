import { readFile } from "node:fs/promises";
import { PlatformError } from "@berth/protocol";
import type { Project } from "../source/read-project.ts";
import type { ReleaseFile } from "./release-digest.ts";
import { isData } from "./release-files.ts";
import { CARGO_MANIFEST } from "./rust/build-rust.ts";

/** `\0asm`, version 1. */
const MAGIC = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);

/**
 * Whether the agent is a WebAssembly module, or becomes one without its JavaScript being bundled.
 * @throws CONFIG_INVALID when `isolation` says something else than the entry.
 */
export function isModule({ config, entry }: Project): boolean {
  const isWasm = entry.endsWith(".wasm") || entry === CARGO_MANIFEST;
  const { isolation } = config;
  if (isWasm && isolation !== undefined && isolation !== "wasm") {
    throw contradiction(`the entry is ${entry} and isolation is "${isolation}"`, "Leave isolation out.");
  }
  return isWasm;
}

export async function moduleFiles({ files }: Project): Promise<readonly ReleaseFile[]> {
  return await Promise.all(
    files.filter(({ path }) => isData(path)).map(async ({ path, file }) => ({ path, bytes: await readFile(file) })),
  );
}

/** What its imports and exports must be is looked at where it is started, before anything is live. @throws BUILD_FAILED */
export function verifyModule(files: readonly ReleaseFile[], entry: string): void {
  const module = files.find(({ path }) => path === entry);
  if (module === undefined || !MAGIC.every((byte, index) => module.bytes[index] === byte)) {
    throw new PlatformError("BUILD_FAILED", `${entry} is not a WebAssembly module of version 1.`, {
      hint: "A component has another version: deploy the core module inside it.",
    });
  }
}

function contradiction(problem: string, hint: string): PlatformError {
  return new PlatformError("CONFIG_INVALID", `berth.json: ${problem}.`, { hint });
}
