import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const A2A = join(import.meta.dirname, "../bin/a2a.mjs");
/** The machine's own Node, which may be older than ours. */
const SYSTEM_NODE = ["/usr/bin/node", "/usr/local/bin/node"].find((path) => existsSync(path)) ?? process.execPath;

interface Result {
  readonly code: number | string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "berth-a2a-"));
});
afterEach(() => rm(home, { recursive: true, force: true }));

function a2a(argv: readonly string[], node: string = process.execPath, file: string = A2A): Promise<Result> {
  return new Promise((resolve) => {
    const env = { HOME: home, PATH: "/usr/bin:/bin", BERTH_URL: "http://127.0.0.1:9" };
    execFile(node, [file, ...argv], { cwd: home, env, timeout: 30_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, stdout, stderr });
    });
  });
}

describe.each([
  ["this Node", process.execPath],
  ["the machine's Node", SYSTEM_NODE],
])("with %s", (_, node) => {
  test("it runs on Node 24 or newer and keeps the exit code", async () => {
    const { code, stdout, stderr } = await a2a(["version", "--json"], node);
    expect([code, stderr]).toEqual([0, ""]);
    const [major] = /\d+/.exec(JSON.parse(stdout).node) ?? [];
    expect(Number(major)).toBeGreaterThanOrEqual(24);
    expect((await a2a(["nope"], node)).code).toBe(2);
    expect((await a2a(["agents"], node)).code).toBe(1);
  });

  test("a signal reaches the command", async () => {
    const requested = Promise.withResolvers<void>();
    const server = createServer((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" }).write(":\n\n");
      requested.resolve();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      const env = { HOME: home, PATH: "/usr/bin:/bin" };
      const argv = [A2A, "logs", "echo", "--follow", "--url", `http://127.0.0.1:${port}`];
      const child = spawn(node, argv, { cwd: home, env, stdio: "ignore" });
      const code = new Promise((resolve) => child.on("exit", resolve));
      await requested.promise;
      child.kill("SIGTERM");
      // Following ends by a signal: that is no failure.
      expect(await code).toBe(0);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

test("it works through a link, as npm installs it", async () => {
  const link = join(home, "a2a");
  await symlink(A2A, link);
  expect((await a2a(["version", "--json"], process.execPath, link)).code).toBe(0);
});

test("a reader that has enough is no error", async () => {
  const { stdout, stderr } = await new Promise<Result>((resolve) => {
    const command = `'${process.execPath}' '${A2A}' help | head -n 1`;
    execFile("/bin/sh", ["-c", command], { env: { HOME: home, PATH: "/usr/bin:/bin" } }, (error, out, err) => {
      resolve({ code: error?.code, stdout: out, stderr: err });
    });
  });
  expect([stdout, stderr]).toEqual(["a2a: run, deploy and call A2A agents.\n", ""]);
});
