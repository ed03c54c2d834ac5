import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, get } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { json } from "node:stream/consumers";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { buildRelease } from "../src/index.ts";
import type { BuildOptions, BuiltRelease } from "../src/index.ts";

const run = promisify(execFile);

let folder: string;
let log: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-build-test-"));
  log = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(files: { readonly [path: string]: string | object }, name = "source"): Promise<string> {
  for (const [path, content] of Object.entries(files)) {
    const file = join(folder, name, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, typeof content === "string" ? content : JSON.stringify(content));
  }
  return join(folder, name);
}

function build(options: Partial<BuildOptions> = {}): Promise<BuiltRelease> {
  return buildRelease({
    source: join(folder, "source"),
    output: join(folder, "release"),
    npmCacheFolder: join(folder, "npm-cache"),
    // Tests do not ask the registry: an address where nobody listens.
    environment: { PATH: process.env.PATH, npm_config_registry: "http://127.0.0.1:9/" },
    log: (line) => log.push(line),
    ...options,
  });
}

/** Runs the release as a sandbox would: its folder is the working directory. */
async function start(release = "release", env: { readonly [name: string]: string } = {}): Promise<string> {
  const { stdout } = await run(process.execPath, ["agent.mjs"], { cwd: join(folder, release), env, timeout: 20_000 });
  return stdout;
}

describe("an agent of the SDK", () => {
  // The shape the SDK promises, not the SDK: this test says what the launcher does.
  const agent = `
    import { readFileSync } from "node:fs";
    import { z } from "zod";
    enum Answer { Yes = "yes" }
    const csv = readFileSync(new URL("../data/x.csv", import.meta.url), "utf8");
    export default {
      name: "echo",
      async [Symbol.for("berth.agent.serve")](this: { name: string }): Promise<void> {
        console.log(this.name, z.string().parse(csv), readFileSync("data/x.csv", "utf8"), Answer.Yes);
      },
    };`;
  const files = {
    "package.json": { type: "module", main: "src/agent.ts", dependencies: { "@berth/sdk": "0.1.0", zod: "^4.0.0" } },
    "berth.json": { visibility: "public", resources: { memoryMb: 128 } },
    "src/agent.ts": agent,
    "src/agent.test.ts": "not TypeScript at all",
    "data/x.csv": "1",
    "public/app.js": "// for the browser",
  };

  test("is built without npm, served, and finds its data files", async () => {
    await write(files);
    const built = await build();
    expect(built).toMatchObject({
      entry: "agent.mjs",
      config: { visibility: "public", resources: { memoryMb: 128, cpu: 1 } },
    });
    expect(await start()).toBe("echo 1 1 yes\n");
    const released = (await readdir(join(folder, "release"), { recursive: true })).sort();
    expect(released).toEqual([
      "agent.mjs",
      "berth.json",
      "data",
      "data/x.csv",
      "package.json",
      "public",
      "public/app.js",
      "src",
      "src/agent.bundle.mjs",
      "src/agent.bundle.mjs.map",
    ]);
    expect(existsSync(join(folder, "npm-cache"))).toBe(false);
  });

  test("has the same digest from the same source, and another from another", async () => {
    await write(files);
    await write(files, "elsewhere/deeper");
    // Side by side: they share esbuild's one process, and the first to end must not take it away.
    const [one, two] = await Promise.all([
      build(),
      build({ source: join(folder, "elsewhere/deeper"), output: join(folder, "two") }),
    ]);
    expect(two.digest).toBe(one.digest);
    await write({ "data/x.csv": "2" });
    const three = await build({ output: join(folder, "three") });
    expect(three.digest).not.toBe(one.digest);
  });

  test("tells nothing about this machine, and its stacks name the author's lines", async () => {
    await write({ ...files, "src/agent.ts": '\n\nimport "zod";\nthrow new Error("broken at start");' });
    await build();
    for (const name of ["agent.mjs", "src/agent.bundle.mjs", "src/agent.bundle.mjs.map"]) {
      const text = await readFile(join(folder, "release", name), "utf8");
      expect(text).not.toContain(folder);
      expect(text).not.toContain(dirname(dirname(import.meta.dirname)));
      expect(text).not.toContain("berth-build-");
    }
    await expect(start()).rejects.toMatchObject({ stderr: expect.stringMatching(/src\/agent\.ts:4:7/) });
  });

  test("that is really the SDK's answers with its card", async () => {
    await write({
      "package.json": { type: "module", dependencies: { "@berth/sdk": "0.1.0", zod: "4.6.7" } },
      "src/agent.ts": `
        import { defineAgent, skill } from "@berth/sdk";
        import { z } from "zod";
        export default defineAgent({
          name: "echo", version: "1.0.0", description: "Echoes.",
          skills: { echo: skill({ description: "Echo", tags: [], input: z.object({ text: z.string() }),
            output: z.object({ text: z.string() }), async run({ text }) { return { text }; } }) },
        });`,
    });
    await build();
    const socketPath = join(folder, "agent.sock");
    const child = spawn(process.execPath, ["agent.mjs"], {
      cwd: join(folder, "release"),
      env: { BERTH_LISTEN: socketPath },
      stdio: "ignore",
    });
    try {
      await expect.poll(() => existsSync(socketPath), { timeout: 10_000 }).toBe(true);
      expect(await getJson(socketPath, "/.well-known/agent-card.json")).toMatchObject({
        name: "echo",
        skills: [{ id: "echo" }],
      });
    } finally {
      child.kill("SIGKILL");
    }
  });
});

describe("a plain server", () => {
  test("in CommonJS with express listens by itself, behind the usual question whether it was started", async () => {
    await write({
      "package.json": { main: "server.js", dependencies: { express: "5.3.0" } },
      "server.js": `
        const express = require("express");
        const { text } = require("./lib/text");
        const path = require("path");
        if (require.main === module) {
          const server = express().get("/", (_, response) => response.send(text)).listen(0, async () => {
            const answer = await fetch("http://127.0.0.1:" + server.address().port);
            console.log(await answer.text(), path.basename(__filename), require("./package.json").main);
            server.close();
          });
        }`,
      "lib/text.js": 'exports.text = "hello from express";',
    });
    await build();
    expect(await start()).toBe("hello from express agent.bundle.mjs server.js\n");
  });

  test("may use aliases of its tsconfig and imports of its package.json", async () => {
    await write({
      "package.json": { type: "module", imports: { "#b": "./src/b.ts" } },
      "tsconfig.json": '{ "extends": "/etc/passwd", "compilerOptions": { "paths": { "@/*": ["./src/*"] } } } // c',
      "src/index.ts": 'import { a } from "@/a"; import { b } from "#b"; console.log(a, b);',
      "src/a.ts": "export const a = 1;",
      "src/b.ts": "export const b = 2;",
    });
    await build();
    expect(await start()).toBe("1 2\n");
  });
});

describe("a build that fails", () => {
  afterEach(() => vi.unstubAllEnvs());

  async function failure(files: Parameters<typeof write>[0], options: Partial<BuildOptions> = {}): Promise<unknown> {
    await write(files);
    // A place for temporary folders that no other build on this machine uses.
    await mkdir(join(folder, "tmp"));
    vi.stubEnv("TMPDIR", join(folder, "tmp"));
    const error = await build(options).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(existsSync(join(folder, "release"))).toBe(false);
    expect(await readdir(join(folder, "tmp"))).toEqual([]);
    return error;
  }

  test("by a syntax error names the file and the line", async () => {
    const error = await failure({ "src/agent.ts": 'import "./b.ts";', "src/b.ts": "const a = 1;\nconst = 2;\n" });
    expect(error).toMatchObject({
      reason: "BUILD_FAILED",
      message: 'src/b.ts:2:7: Expected identifier but found "="',
    });
  });

  test("by an import that is not there says so", async () => {
    const error = await failure({ "agent.ts": 'import "./nope.ts";' });
    expect(error).toMatchObject({ reason: "BUILD_FAILED", message: 'agent.ts:1:8: Could not resolve "./nope.ts"' });
  });

  test("by an undeclared package asks for its declaration, though the platform has it", async () => {
    const error = await failure({ "package.json": {}, "agent.ts": 'import "express";' });
    expect(error).toMatchObject({
      reason: "BUILD_FAILED",
      message: "agent.ts:1:8: express is not among the dependencies in package.json.",
    });
  });

  test("by a dependency nobody has, without a registry, says which", async () => {
    const error = await failure({
      "package.json": { dependencies: { "left-pad-of-nobody": "^1.0.0", zod: "^4.0.0" } },
      "agent.ts": 'import "left-pad-of-nobody";',
    });
    expect(error).toMatchObject({
      reason: "BUILD_FAILED",
      message: expect.stringMatching(/registry cannot be reached.*left-pad-of-nobody@\^1\.0\.0/),
    });
    expect(log.join("\n")).toContain("npm");
  });

  test("by a mistake in berth.json names the key meant", async () => {
    const error = await failure({ "agent.ts": "", "berth.json": { scale: { idleSecond: 3 } } });
    expect(error).toMatchObject({ reason: "CONFIG_INVALID", message: expect.stringContaining("idleSeconds") });
  });

  test("by a signal leaves nothing", async () => {
    const error = await failure({ "agent.ts": "" }, { signal: AbortSignal.abort() });
    expect(error).toMatchObject({ reason: "CANCELED" });
  });
});

describe("hostile source", () => {
  test.each(["../../../../../../../../../../etc/hostname.txt", "../secret.json", "/etc/hostname"])(
    "cannot import %s",
    async (path) => {
      await writeFile(join(folder, "secret.json"), '"secret"');
      await write({ "agent.js": `import x from ${JSON.stringify(path)}; console.log(x);` });
      await expect(build()).rejects.toMatchObject({ reason: "BUILD_FAILED" });
    },
  );

  test("cannot reach the platform's packages by path", async () => {
    await write({ "agent.js": 'import "./.berth/platform/node_modules/../../../../../secret.js";' });
    await writeFile(join(folder, "secret.js"), "");
    await expect(build()).rejects.toMatchObject({ reason: "BUILD_FAILED" });
  });

  test("cannot link out of its folder", async () => {
    await write({ "agent.js": 'import "./link.json";' });
    await symlink("/etc/passwd", join(folder, "source/link.json"));
    await expect(build()).rejects.toMatchObject({ reason: "ARCHIVE_REFUSED" });
  });

  test("cannot run a program through npm", async () => {
    const marker = join(folder, "ran");
    await write({
      ".npmrc": `git=${join(folder, "source/evil.sh")}\nscript-shell=${join(folder, "source/evil.sh")}\nignore-scripts=false\n`,
      "evil.sh": `#!/bin/sh\ntouch ${marker}\n`,
      "package.json": {
        scripts: { preinstall: `touch ${marker}`, install: `touch ${marker}`, prepare: `touch ${marker}` },
        dependencies: { "left-pad-of-nobody": "1.0.0" },
      },
      "agent.js": "",
    });
    await expect(build()).rejects.toMatchObject({ reason: "BUILD_FAILED" });
    expect(existsSync(marker)).toBe(false);
  });
});

test("a registry's package is installed and bundled, without its scripts", async () => {
  const tarball = await packageTarball();
  const server = createServer((request, response) => {
    if (request.url === "/greet/-/greet-1.2.0.tgz") return response.end(tarball);
    if (request.url !== "/greet") return response.writeHead(404).end("{}");
    const dist = { tarball: `http://127.0.0.1:${portOf(server)}/greet/-/greet-1.2.0.tgz` };
    const version = { name: "greet", version: "1.2.0", main: "i.js", hasInstallScript: true, dist };
    return response.end(
      JSON.stringify({ name: "greet", "dist-tags": { latest: "1.2.0" }, versions: { "1.2.0": version } }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await write({
      "package.json": { type: "module", dependencies: { greet: "^1.0.0", "@berth/sdk": "0.1.0" } },
      "agent.ts": 'import { greet } from "greet"; console.log(greet("you"));',
    });
    await build({
      environment: { PATH: process.env.PATH, npm_config_registry: `http://127.0.0.1:${portOf(server)}/` },
    });
    expect(await start()).toBe("hello you\n");
    expect(existsSync(join(folder, "ran"))).toBe(false);
  } finally {
    server.closeAllConnections();
    server.close();
  }

  async function packageTarball(): Promise<Buffer> {
    await write({ "i.js": 'exports.greet = (who) => "hello " + who;' }, "greet/package");
    const scripts = { postinstall: `touch ${join(folder, "ran")}` };
    await write({ "package.json": { name: "greet", version: "1.2.0", main: "i.js", scripts } }, "greet/package");
    await run("tar", ["-czf", join(folder, "greet.tgz"), "-C", join(folder, "greet"), "package"]);
    return await readFile(join(folder, "greet.tgz"));
  }
});

function getJson(socketPath: string, path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    get({ socketPath, path }, (response) => resolve(json(response))).on("error", reject);
  });
}

function portOf(server: ReturnType<typeof createServer>): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server does not listen on a port");
  return address.port;
}

describe("a WebAssembly module", () => {
  const MODULE = "\0asm\u0001\0\0\0";

  test("is released as it is, with the data beside it", async () => {
    await write({ "text.wasm": MODULE, "agent-card.json": {}, "src/lib.rs": "//", "berth.json": { tags: ["t"] } });
    const release = await build();
    expect(release.entry).toBe("text.wasm");
    expect(await readFile(join(folder, "release", "text.wasm"), "utf8")).toBe(MODULE);
    expect((await readdir(join(folder, "release"))).toSorted()).toEqual(
      expect.arrayContaining(["agent-card.json", "text.wasm"]),
    );
    expect((await build({ output: join(folder, "again") })).digest).toBe(release.digest);
  });

  test.each([
    ["a file that is none", "#!/bin/sh", {}, "BUILD_FAILED"],
    ["a component", "\0asm\u000d\0\u0001\0", {}, "BUILD_FAILED"],
    ["another isolation", MODULE, { isolation: "process" }, "CONFIG_INVALID"],
  ])("refuses %s", async (_, module, config, reason) => {
    await write({ "text.wasm": module, "berth.json": config });
    await expect(build()).rejects.toMatchObject({ reason });
    expect(existsSync(join(folder, "release"))).toBe(false);
  });

  test("is what isolation wasm makes of JavaScript", async () => {
    await write({ "agent.js": "", "berth.json": { isolation: "wasm" } });
    expect(await build()).toMatchObject({ entry: "agent.wasm" });
  });
});
