import { copyFile, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { staticBase } from "../src/oci/base/machine-bases.ts";
import { MemoryPlace } from "../src/oci/fakes/memory-place.ts";
import { readImage } from "../src/oci/read-image.ts";
import { buildRelease } from "../src/index.ts";
import type { BuildOptions, BuiltRelease } from "../src/index.ts";
import { hasEngine } from "../src/build/dockerfile/find-engine.ts";

const environment = { PATH: process.env["PATH"] };
const canBuild = await hasEngine({ environment });
const BASE = `registry.example.com/base/static@sha256:${"1".repeat(64)}`;
const ENDING = 'USER 65532:65532\nEXPOSE 8080\nENTRYPOINT ["/agent"]\nCMD ["--serve"]\n';

const images = new MemoryPlace();
let folder: string;
let base: string;
let count = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-dockerfile-test-"));
  ({ digest: base } = await staticBase(images));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function write(files: { readonly [path: string]: string }): Promise<string> {
  const source = join(folder, `source-${count++}`);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(source, path)), { recursive: true });
    await writeFile(join(source, path), text);
  }
  return source;
}

async function build(
  source: string,
  options: Partial<BuildOptions> = {},
): Promise<BuiltRelease & { readonly output: string; readonly log: readonly string[] }> {
  const output = join(folder, `release-${count++}`);
  const log: string[] = [];
  const built = await buildRelease({
    source,
    output,
    environment,
    images,
    npmCacheFolder: join(folder, "npm"),
    pullImage: async (reference) => (reference === BASE ? base : Promise.reject(new Error(`asked for ${reference}`))),
    log: (line) => log.push(line),
    ...options,
  });
  return { ...built, output, log };
}

/** A shell with what it is linked with, for images that have none. */
async function addShell(source: string): Promise<void> {
  await mkdir(join(source, "shell"), { recursive: true });
  for (const file of ["/bin/dash", "/lib64/ld-linux-x86-64.so.2", "/lib/x86_64-linux-gnu/libc.so.6"]) {
    await copyFile(await realpath(file), join(source, "shell", basename(file)));
  }
}

test.runIf(canBuild)(
  "a Dockerfile becomes an image in the platform's registry, the same twice, and the release names it",
  async () => {
    const files = {
      Dockerfile: `FROM ${BASE} AS build\nARG WORD=none\nCOPY --chown=65532:65532 agent /agent\nLABEL word=$WORD\nENV GREETING=hello\nWORKDIR /work\n${ENDING}`,
      "berth.json": '{"name":"docked","build":{"args":{"WORD":"seven"}}}',
      agent: "#!/bin/true\n",
      "package.json": "{}",
      "agent.ts": "",
    };
    const built = await build(await write(files));
    const { digest, program } = built;
    expect(program).toMatchObject({
      command: ["/agent", "--serve"],
      env: { GREETING: "hello" },
      workdir: "/work",
      rootfs: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      mountsApp: false,
    });
    expect(built.entry).toBe("image.json");
    expect(built.facts).toMatchObject({ buildpack: "dockerfile", packages: [{ digest: base }] });
    expect(JSON.parse(await readFile(join(built.output, "image.json"), "utf8"))).toEqual({ digest: program?.rootfs });
    const { config } = await readImage(images, program?.rootfs ?? "");
    expect(config?.config).toMatchObject({ User: "65532:65532", Labels: { word: "seven" } });
    const again = await build(await write(files));
    expect(again.digest).toBe(digest);
    // Said without a Dockerfile: the same release, of an image that is there already.
    const named = await build(await write({ "berth.json": `{"image":"${BASE}"}` })).catch((error: unknown) => error);
    expect(named).toMatchObject({ reason: "BUILD_FAILED", message: expect.stringContaining("no program") });
  },
);

test.runIf(canBuild)(
  "RUN has the secrets it is given and nothing of this machine, and they are not in the image",
  async () => {
    const source = await write({
      Dockerfile: `FROM scratch
COPY shell/dash /bin/sh
COPY shell/ld-linux-x86-64.so.2 /lib64/
COPY shell/libc.so.6 /lib/x86_64-linux-gnu/
RUN --mount=type=secret,id=KEY read word < /run/secrets/KEY; [ "$word" = hunter2 ]
RUN [ ! -e ${folder} ] && [ ! -e /etc/shadow ] && [ ! -e /run/secrets/KEY ]
RUN while read -r line; do case "$line" in *lo:*) ;; *:*) exit 7 ;; esac; done < /proc/net/dev || exit 8
RUN while read -r _ inside outside; do [ "$inside" != 0 ] || exit 9; done < /proc/self/uid_map
${ENDING}`,
      "berth.json": '{"build":{"secrets":["KEY"]}}',
    });
    await addShell(source);
    const built = await build(source, { secretOf: async () => "hunter2\n" });
    expect(JSON.stringify(await readImage(images, built.program?.rootfs ?? ""))).not.toContain("hunter2");
  },
);

test.runIf(canBuild)("a command that fails is told with what it said, and leaves nothing", async () => {
  const source = await write({ Dockerfile: `FROM scratch\nCOPY missing /a\n${ENDING}` });
  await expect(build(source)).rejects.toMatchObject({
    reason: "BUILD_FAILED",
    message: expect.stringContaining("missing"),
  });
});

test("an address in ADD is refused before anything is fetched", async () => {
  const source = await write({ Dockerfile: `FROM scratch\nADD http://169.254.169.254/latest /a\n${ENDING}` });
  const engine = { name: "none 0", build: () => Promise.reject(new Error("was asked")) };
  await expect(build(source, { engine })).rejects.toMatchObject({
    reason: "BUILD_FAILED",
    message: expect.stringContaining("Dockerfile:2"),
  });
});

test("where nothing builds images, both ways out are named", async () => {
  const source = await write({ Dockerfile: `FROM scratch\n${ENDING}`, "berth.json": '{"build":{"use":"dockerfile"}}' });
  await expect(
    buildRelease({ source, output: join(folder, "none"), npmCacheFolder: folder, environment, log: () => {} }),
  ).rejects.toMatchObject({ reason: "BUILD_FAILED", hint: expect.stringMatching(/buildah.*"image" in berth\.json/) });
});
