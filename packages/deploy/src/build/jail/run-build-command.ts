import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PlatformError } from "@berth/protocol";
import { listSourceFiles } from "../../source/list-source-files.ts";
import type { SourceEntry } from "../../source/list-source-files.ts";
import { writeTree } from "../../unpack/write-tree.ts";
import { runInJail } from "./run-in-jail.ts";
import type { JailOptions } from "./run-in-jail.ts";
import { treeOf } from "./tree-of.ts";

export interface GeneratedSource extends AsyncDisposable {
  readonly files: readonly SourceEntry[];
}

const SCRIPT = `mkdir source
cp -r /source/. source
cd source
sh -eu -c "$COMMAND"
cd ..
tar -czf /out -C source .`;

/** The source as `build.command` leaves it, in a folder of its own. @throws BUILD_FAILED, ARCHIVE_REFUSED, TIMED_OUT, CANCELED */
export async function runBuildCommand(
  files: readonly SourceEntry[],
  command: string,
  options: JailOptions,
): Promise<GeneratedSource> {
  options.log(`build.command: ${command}`);
  const { code, said, output } = await runInJail({ ...options, files, script: SCRIPT, env: { COMMAND: command } });
  if (code !== 0) {
    const last = said.trim().split("\n").at(-1) ?? "";
    throw new PlatformError("BUILD_FAILED", `build.command ended with ${code ?? "a signal"}: ${last.slice(0, 300)}`, {
      internal: said.slice(-4_000),
      hint: "It runs in /bin/sh with the system's programs, without a network. The log shows what it said.",
    });
  }
  const folder = await mkdtemp(join(tmpdir(), "berth-generated-"));
  const dispose = async (): Promise<void> => await rm(folder, { recursive: true, force: true });
  try {
    const tree = await treeOf(output, options.signal);
    await writeTree({ files: tree, bytes: 0 }, join(folder, "source"));
    return { files: await listSourceFiles(join(folder, "source")), [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}
