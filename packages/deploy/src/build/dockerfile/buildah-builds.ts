import { chmod, chown, copyFile, mkdir, mkdtemp, open, realpath, rm, stat, writeFile } from "node:fs/promises";
import { createReadStream, createWriteStream } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { PlatformError } from "@berth/protocol";
import type { SourceEntry } from "../../source/list-source-files.ts";
import { runProcess } from "../run-process.ts";
import { SUBORDINATE, engineJailCommand } from "./engine-jail.ts";
import type { EngineBuild, EngineBuilds } from "./engine-builds.ts";

const TIMEOUT_MS = 20 * 60_000;
const STORE = "--storage-driver vfs --root /build/store --runroot /build/run";
/** Bases are loaded under the names that the file calls them by; nothing is pulled. */
const SCRIPT = `set -eu
umask 022
mkdir -p /tmp/run
index=0
while [ -e "/bases/$index.tar" ]; do
  buildah ${STORE} pull --quiet "oci-archive:/bases/$index.tar" > /tmp/id
  buildah ${STORE} tag "$(cat /tmp/id)" "$(cat "/bases/$index.name")"
  index=$((index + 1))
done
buildah ${STORE} bud --isolation chroot --pull-never --timestamp 0 --format oci --no-cache "$@" --tag built --file /bases/Dockerfile /source
buildah ${STORE} push --quiet built oci-archive:/build/image.tar
cat /build/image.tar > /out`;

/**
 * buildah, inside a jail of bubblewrap: what is root in it is a user on this machine who owns nothing, and RUN has neither
 * network nor host files. The users of the image are a range of such users, which only root can set up.
 */
export class BuildahBuilds implements EngineBuilds {
  readonly name: string;
  readonly #program: string;

  constructor(program: string, version: string) {
    this.#program = program;
    this.name = `buildah ${version}`;
  }

  async build(build: EngineBuild): Promise<{ readonly archive: AsyncIterable<Uint8Array> } & AsyncDisposable> {
    const root = await realpath(await mkdtemp(join(tmpdir(), "berth-engine-")));
    const dispose = async (): Promise<void> => await rm(root, { recursive: true, force: true });
    try {
      const output = await this.#run(build, root);
      return { archive: createReadStream(output), [Symbol.asyncDispose]: dispose };
    } catch (error) {
      await dispose();
      throw error;
    }
  }

  async #run(build: EngineBuild, root: string): Promise<string> {
    const output = join(root, "out");
    await writeFile(output, "");
    await chown(output, SUBORDINATE, SUBORDINATE);
    await chmod(root, 0o711);
    await copyContext(build.files, join(root, "source"));
    await writeBases(build, join(root, "bases"));
    const secrets = await writeSecrets(build.secrets, join(root, "secrets"));
    const flags = [
      ...Object.entries(build.args).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]),
      ...secrets.flatMap((name) => ["--secret", `id=${name},src=/run/secrets/${name}`]),
    ];
    const jail = await engineJailCommand({
      path: build.environment["PATH"] ?? "",
      folder: root,
      program: this.#program,
      command: ["/bin/sh", "-c", SCRIPT, "berth", ...flags],
    });
    const { code, output: said } = await runProcess({
      ...jail,
      cwd: "/",
      env: {},
      timeoutMs: build.timeoutMs ?? TIMEOUT_MS,
      log: build.log,
      ...(build.signal === undefined ? {} : { signal: build.signal }),
    });
    if (code !== 0 || (await stat(output)).size === 0) throw failed(said);
    return output;
  }
}

async function copyContext(files: readonly SourceEntry[], folder: string): Promise<void> {
  await mkdir(folder);
  for (const { path, file } of files) {
    const copy = join(folder, path);
    await mkdir(dirname(copy), { recursive: true });
    await copyFile(file, copy);
    await chmod(copy, ((await stat(file)).mode & 0o100) === 0 ? 0o644 : 0o755);
  }
}

async function writeBases({ bases, dockerfile, signal }: EngineBuild, folder: string): Promise<void> {
  await mkdir(folder);
  await writeFile(join(folder, "Dockerfile"), dockerfile);
  for (const [index, { name, archive }] of bases.entries()) {
    await writeFile(join(folder, `${index}.name`), name);
    const options = signal === undefined ? {} : { signal };
    await pipeline(
      Readable.from(archive(), { objectMode: false }),
      createWriteStream(join(folder, `${index}.tar`)),
      options,
    );
  }
}

async function writeSecrets(secrets: { readonly [name: string]: string }, folder: string): Promise<readonly string[]> {
  await mkdir(folder, { mode: 0o700 });
  await chown(folder, SUBORDINATE, SUBORDINATE);
  for (const [name, value] of Object.entries(secrets)) {
    await using file = await open(join(folder, name), "wx", 0o400);
    await file.writeFile(value);
    await file.chown(SUBORDINATE, SUBORDINATE);
  }
  return Object.keys(secrets);
}

function failed(said: string): PlatformError {
  const why = /^Error: (.+)$/im.exec(said)?.[1] ?? said.trim().split("\n").at(-1) ?? "buildah said nothing";
  const isOffline = /Could not resolve|Temporary failure|Network is unreachable|network is unreachable/.test(said);
  return new PlatformError("BUILD_FAILED", `The Dockerfile could not be built: ${why.slice(0, 500)}`, {
    internal: said.slice(-4_000),
    hint: isOffline
      ? "RUN has no network: copy what is needed into the folder, or take a base image that has it."
      : "The log shows what buildah said.",
  });
}
