import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryFolder, waitFor } from "@berth/testing";
import { describe, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

interface Run {
  readonly child: ChildProcess;
  out: string;
  err: string;
}

/** `npm start` without npm: the same script on the same Node. */
function start(home: string, port: number, grpcPort: number | "off" = 0): Run {
  const child = spawn(process.execPath, [join(ROOT, "scripts/start.mjs")], {
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: process.env["HOME"] ?? "/tmp",
      BERTH_HOME: home,
      BERTH_PORT: String(port),
      BERTH_GRPC_PORT: String(grpcPort),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const run: Run = { child, out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => void (run.out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => void (run.err += text));
  return run;
}

async function exitCode({ child }: Run): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return child.exitCode;
}

async function stop(run: Run): Promise<number | null> {
  run.child.kill("SIGTERM");
  return await exitCode(run);
}

describe("npm start", () => {
  test("shows a first call with its receipt and lines that work, stops with 0, and the second start deploys nothing twice", async () => {
    using folder = temporaryFolder();
    const home = join(folder.path, "home");
    const first = start(home, 0);
    try {
      await waitFor("the first look", () => first.out.includes("Try next:") || first.child.exitCode !== null, 90_000);
      expect(first.out, first.err).toContain("Berth is running.");
      expect(first.out).toContain('echo.echo answered {"text":"Hello from Berth"}');
      expect(first.out).toMatch(/receipt rcpt_[0-9a-z]{26}/);
      const curl = /curl -s (\S+) -H 'Authorization: (Bearer \S+)' -H 'Content-Type: application\/json' -d '(.+)'/.exec(
        first.out,
      );
      const [, url = "", authorization = "", body = ""] = curl ?? [];
      const answer = await fetch(url, {
        method: "POST",
        headers: { authorization, "content-type": "application/json" },
        body,
      });
      expect(await answer.json()).toMatchObject({ output: { text: "hi" } });
      const signIn = /#sign-in=(\S+)/.exec(first.out)?.[1] ?? "";
      const session = await fetch(new URL("/v1/sessions", url), {
        method: "POST",
        headers: { "content-type": "application/json", origin: new URL(url).origin },
        body: JSON.stringify({ code: signIn }),
      });
      expect(session.status).toBeLessThan(300);
      expect(session.headers.get("set-cookie")).toMatch(/HttpOnly/i);
    } finally {
      expect(await stop(first), first.err).toBe(0);
    }

    const second = start(home, 0);
    try {
      await waitFor(
        "the second look",
        () => second.out.includes("Try next:") || second.child.exitCode !== null,
        90_000,
      );
      expect(second.out, second.err).toMatch(/echo\s+live already/);
      expect(second.out).toMatch(/csv-analyst\s+live already/);
    } finally {
      expect(await stop(second), second.err).toBe(0);
    }
  });

  test("says in one line that a port is taken, and touches nothing", async () => {
    using folder = temporaryFolder();
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo; // a TCP server's address is never a string
    const home = join(folder.path, "home");
    for (const [run, example] of [
      [start(home, port), "BERTH_PORT=4200"],
      [start(home, 0, port), "BERTH_GRPC_PORT=4201"],
    ] as const) {
      expect(await exitCode(run)).toBe(1);
      expect(run.err.trim().split("\n")).toEqual([
        `error: Port ${port} on 127.0.0.1 is taken. Stop the other program, or choose another port: ${example} (0 picks a free one).`,
      ]);
    }
    expect(await readdir(folder.path)).toEqual([]);
    other.close();
  });

  test("says in one line that its folder cannot be written", async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "file");
    await writeFile(file, "mine");
    const run = start(join(file, "home"), 0);
    expect(await exitCode(run)).toBe(1);
    expect(run.err.trim().split("\n")).toHaveLength(1);
    expect(run.err).toContain(file);
    expect(await readFile(file, "utf8")).toBe("mine");
  });

  test("says in one line that another platform owns the folder, which goes on undisturbed", async () => {
    using folder = temporaryFolder();
    const home = join(folder.path, "home");
    const owner = start(home, 0);
    try {
      await waitFor("the owner", () => owner.out.includes("Try next:") || owner.child.exitCode !== null, 90_000);
      const intruder = start(home, 0);
      expect(await exitCode(intruder)).toBe(1);
      expect(intruder.err.trim().split("\n")).toHaveLength(1);
      expect(intruder.err).toContain(home);
      const url = /API\s+(\S+)\/v1/.exec(owner.out)?.[1] ?? "";
      expect((await fetch(`${url}/readyz`)).status).toBe(200);
    } finally {
      expect(await stop(owner), owner.err).toBe(0);
    }
  });

  test("lists every setting that is wrong at once", async () => {
    using folder = temporaryFolder();
    const child = spawn(process.execPath, [join(ROOT, "apps/server/src/main.ts")], {
      env: { PATH: process.env["PATH"] ?? "", BERTH_HOME: folder.path, BERTH_PORT: "nine", BERTH_PROT: "4100" },
      stdio: ["ignore", "ignore", "pipe"],
    });
    const run: Run = { child, out: "", err: "" };
    child.stderr.setEncoding("utf8").on("data", (text: string) => void (run.err += text));
    expect(await exitCode(run)).toBe(1);
    expect(run.err).toContain("BERTH_PROT: unknown");
    expect(run.err).toContain('"nine" is not a port');
  });
});
