import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildRelease } from "../src/index.ts";
import type { BuildOptions, BuiltRelease } from "../src/index.ts";

const run = promisify(execFile);
const EXAMPLES = fileURLToPath(new URL("../../../examples/", import.meta.url));
const PYTHON_BASE = `sha256:${"a".repeat(64)}`;
const STATIC_BASE = `sha256:${"b".repeat(64)}`;

const SMALL_GO = 'package main\n\nfunc main() { println("from Go") }\n';
const isLong = process.env["TEST_LONG"] === "1";

let folder: string;
let count = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-buildpacks-test-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Made extends BuiltRelease {
  readonly output: string;
  readonly log: readonly string[];
}

async function build(source: string, options: Partial<BuildOptions> = {}): Promise<Made> {
  const output = join(folder, `release-${count++}`);
  const log: string[] = [];
  const built = await buildRelease({
    source,
    output,
    npmCacheFolder: join(folder, "npm"),
    environment: { PATH: process.env["PATH"], HOME: process.env["HOME"] },
    bases: { python: async () => PYTHON_BASE, static: async () => STATIC_BASE },
    log: (line) => log.push(line),
    ...options,
  });
  return { ...built, output, log };
}

async function write(files: { readonly [path: string]: string | Uint8Array }): Promise<string> {
  const source = join(folder, `source-${count++}`);
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(source, path)), { recursive: true });
    await writeFile(join(source, path), content);
  }
  return source;
}

/** The same source elsewhere, with other times. */
async function copyOf(source: string): Promise<string> {
  const copy = join(folder, `copy-${count++}`, "deeper");
  await cp(source, copy, { recursive: true });
  return copy;
}

/** A wheel of one module, made as `zip` makes it. */
async function wheel(name: string, version: string): Promise<Uint8Array> {
  const dist = `${name}-${version}.dist-info`;
  const made = await write({
    [`${name}.py`]: "WORD = 'seven'\n",
    [`${dist}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\nLicense: MIT\n`,
    [`${dist}/WHEEL`]: "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    [`${dist}/RECORD`]: `${name}.py,,\n${dist}/METADATA,,\n${dist}/WHEEL,,\n${dist}/RECORD,,\n`,
  });
  const file = join(folder, `${count++}.whl`);
  await run("/usr/bin/python3", [
    "-m",
    "zipfile",
    "-c",
    file,
    ...(await readdir(made)).map((each) => join(made, each)),
  ]);
  return await readFile(file);
}

/** Calls a started program's skill once. */
async function answerOf(
  command: readonly [string, ...string[]],
  env: { readonly [name: string]: string },
  cwd: string,
): Promise<string> {
  const [file, ...args] = command;
  const child = spawn(file, args, { cwd, env: { ...env, PORT: "0" }, stdio: ["ignore", "pipe", "inherit"] });
  try {
    const [line] = (await once(createInterface(child.stdout), "line")) as [string];
    const url = line.replace("listening on ", "");
    const message = { messageId: "1", role: "ROLE_USER", parts: [{ text: "berth" }] };
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "SendMessage", params: { message } });
    return await (await fetch(url, { method: "POST", body })).text();
  } finally {
    child.kill("SIGTERM");
  }
}

test("Python's standard library: the same release twice, which answers", async () => {
  const source = join(EXAMPLES, "python-stdlib");
  const built = await build(source);
  expect(built).toMatchObject({
    entry: "main.py",
    config: { name: "python-stdlib" },
    program: { command: ["/usr/bin/python3", "/app/main.py"], workdir: "/app", rootfs: PYTHON_BASE, mountsApp: true },
    facts: { buildpack: "python", packages: [] },
  });
  expect((await build(await copyOf(source))).digest).toBe(built.digest);
  const said = await answerOf(
    ["/usr/bin/python3", join(built.output, "main.py")],
    { PYTHONDONTWRITEBYTECODE: "1" },
    built.output,
  );
  expect(said).toContain("1 words in 1 sentence");
  await run("/usr/bin/python3", [join(built.output, "check.py")], { timeout: 20_000 });
});

test("requirements come from the folder's wheels, and are told with their licence", async () => {
  const bytes = await wheel("seven", "1.2.3");
  const files = {
    "main.py": "import seven\nprint(seven.WORD)\n",
    "requirements.txt": "seven>=1  # a number\n",
    "wheels/seven-1.2.3-py3-none-any.whl": bytes,
    "__pycache__/main.cpython-311.pyc": "x",
  };
  const source = await write(files);
  const built = await build(source);
  const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  expect(built.facts?.packages).toEqual([{ purl: "pkg:pypi/seven@1.2.3", digest, licence: "MIT" }]);
  const released = await readdir(built.output, { recursive: true });
  expect(released).toContain("site-packages/seven.py");
  expect(released.filter((path) => /pyc|\.whl|direct_url/.test(path))).toEqual([]);
  expect((await build(await copyOf(source))).digest).toBe(built.digest);
  const missing = await write({ "main.py": "", "requirements.txt": "not-there==1\n" });
  await expect(build(missing)).rejects.toMatchObject({
    reason: "BUILD_FAILED",
    hint: expect.stringContaining("wheels/"),
  });
});

test("Go: one static program, the same twice, with its compiler's work kept for the next", async () => {
  // A cold compiler takes half a minute for what net/http needs: in short runs the program is smaller.
  const small = {
    "go.mod": "module example.com/x\n\ngo 1.19\n",
    "main.go": SMALL_GO,
    "berth.json": "{}",
    "README.md": "",
  };
  const source = isLong ? await copyOf(join(EXAMPLES, "go-stdlib")) : await write(small);
  const cacheFolder = join(folder, "go-cache");
  const built = await build(source, { cacheFolder });
  expect(built).toMatchObject({
    entry: "agent",
    program: { command: ["/app/agent"], rootfs: STATIC_BASE, mountsApp: true },
    facts: { buildpack: "go", packages: [] },
  });
  expect(await readdir(built.output)).toEqual(["README.md", "agent", "berth.json"]);
  expect(await readdir(cacheFolder)).toHaveLength(1);
  expect((await build(await copyOf(source), { cacheFolder })).digest).toBe(built.digest);
  const program: readonly [string] = [join(built.output, "agent")];
  if (isLong) expect(await answerOf(program, {}, built.output)).toContain("sha256 ");
  else expect((await run(...program)).stderr).toBe("from Go\n");
});

test("what does not compile is told by file and line", async () => {
  const source = await write({
    "go.mod": "module example.com/x\n\ngo 1.19\n",
    "main.go": "package main\n\nfunc main() { x }\n",
  });
  const cacheFolder = join(folder, "go-cache");
  await expect(build(source, { cacheFolder })).rejects.toMatchObject({
    message: expect.stringContaining("main.go:3"),
  });
});

test("pages alone become an agent with an app, the same twice", async () => {
  const source = await write({
    "index.html": "<!doctype html><title>Tide tables</title><p>High water</p>",
    "a.css": "p{}",
  });
  const built = await build(source);
  expect(built).toMatchObject({
    entry: "agent.mjs",
    config: { name: "tide-tables", frontend: "site" },
    facts: { buildpack: "static" },
  });
  expect((await build(await copyOf(source))).digest).toBe(built.digest);
});

test("what is bundled is told, with version and licence, and what is not is not", async () => {
  const built = await build(
    await write({
      "package.json": '{"type":"module","main":"agent.ts","dependencies":{"@berth/sdk":"0.1.0","zod":"^4.0.0"}}',
      "agent.ts": 'import { z } from "zod";\nconsole.log(z.string().parse("x"));\n',
    }),
  );
  expect(built.facts).toMatchObject({ buildpack: "node", tools: { esbuild: expect.any(String) } });
  expect(built.facts?.packages).toEqual([{ purl: expect.stringMatching(/^pkg:npm\/zod@4\./), licence: "MIT" }]);
});

test("a command of the build runs in the jail, with its secrets as files, and what it writes is built", async () => {
  const command =
    'test "$(cat /run/secrets/KEY)" = hunter2 && ! test -e /run/secrets/OTHER && printf "print(1)" > main.py';
  const files = { "berth.json": JSON.stringify({ build: { command, secrets: ["KEY"] } }) };
  const built = await build(await write(files), { secretOf: async (name) => (name === "KEY" ? "hunter2" : "x") });
  expect(await readFile(join(built.output, "main.py"), "utf8")).toBe("print(1)");
  await expect(build(await write(files))).rejects.toMatchObject({ message: expect.stringContaining("secret KEY") });
});

test("pip reaches the registry that the operator has set, through the gate and nothing else", async () => {
  const bytes = await wheel("eight", "2.0.0");
  const asked: string[] = [];
  const name = "eight-2.0.0-py3-none-any.whl";
  // As a proxy is asked: with the whole address.
  const registry = createServer((request, response) => {
    asked.push(request.url ?? "");
    if (request.url?.endsWith(".whl") === true) return response.end(bytes);
    response.setHeader("Content-Type", "text/html");
    return response.end(`<!doctype html><a href="http://pypi.test/files/${name}">${name}</a>`);
  });
  const source = await write({ "main.py": "import eight", "requirements.txt": "eight" });
  const built = await build(source, {
    environment: { PATH: process.env["PATH"], PIP_INDEX_URL: "http://pypi.test/simple" },
    registries: {
      open: async (socketPath, hosts) => {
        expect(hosts).toEqual(["pypi.test"]);
        await new Promise<void>((resolve) => registry.listen(socketPath, resolve));
        return { close: async () => void registry.close() };
      },
    },
  });
  expect(built.facts?.packages).toEqual([{ purl: "pkg:pypi/eight@2.0.0", licence: "MIT" }]);
  expect(asked).toEqual(["http://pypi.test/simple/eight/", `http://pypi.test/files/${name}`]);
});
