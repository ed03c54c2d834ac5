import { execFile, spawn } from "node:child_process";
import { createServer } from "node:http";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PlatformProcess, deployFolder, temporaryFolder, waitFor } from "@berth/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Person } from "./person.ts";
import { REDIRECT, signInV1, signInV2 } from "./sdk-sign-in.ts";

// Programs that are not ours, and our own, sign in to a platform from its addresses alone.

const ACTOR = fileURLToPath(new URL("../agents/actor", import.meta.url));
const A2A = fileURLToPath(new URL("../../../apps/cli/bin/a2a.mjs", import.meta.url));
const SUITE = createRequire(import.meta.url).resolve("@modelcontextprotocol/conformance/dist/index.js");

const folder = temporaryFolder();
let platform: PlatformProcess;
let ada: Person;

beforeAll(async () => {
  platform = await PlatformProcess.start({ home: `${folder.path}/home` });
  await deployFolder(platform, ACTOR);
  ada = await Person.join(platform, "ada@example.com", "developer");
});

afterAll(async () => {
  await platform.stop();
  folder[Symbol.dispose]();
});

describe.each([
  ["@modelcontextprotocol/sdk 1.32, 2025-11-25", signInV1],
  ["@modelcontextprotocol/client 2.4, 2026-07-28", signInV2],
])("%s", (_name, signIn) => {
  test.each(["127.0.0.1", "localhost"])(
    "signs in from nothing but the MCP URL of a private agent, at %s",
    async (host) => {
      const url = new URL("/agents/actor/mcp", platform.url);
      url.hostname = host;
      const tools = await signIn(url, async (address) => await ada.allow(address, REDIRECT));
      expect(tools.length).toBeGreaterThan(0);
    },
  );
});

describe("@modelcontextprotocol/conformance authorization", () => {
  test.each(["2025-11-25", "2026-07-28"])("%s: passes", async (revision) => {
    const port = await freePort();
    const redirect = `http://127.0.0.1:${port}/callback`;
    const made = await platform.fetch("/v1/clients", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: "The suite", redirectUris: [redirect] }),
    });
    const { id } = (await made.json()) as { id: string }; // the platform's own API
    const resource = `${platform.url}/agents/actor/mcp`;
    const about = ["--url", `${platform.url}/oauth`, "--client-id", id, "--resource", resource, "-p", String(port)];
    const child = spawn(process.execPath, [SUITE, "authorization", ...about, "--spec-version", revision]);
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    try {
      const asked = (): string | undefined => /https?:\/\/\S+\/oauth\/auth\?\S+/.exec(output)?.[0];
      await waitFor("the suite's question", () => asked() !== undefined || child.exitCode !== null, 30_000);
      const address = asked();
      if (address !== undefined) await ada.allow(new URL(address), redirect, { arrive: true });
      expect(await ended, output).toBe(0);
    } finally {
      child.kill();
    }
    expect(output).toContain("Total: 3 passed, 0 failed");
  });
});

describe("a2a login", () => {
  const home = join(folder.path, "person");
  const env = (): Record<string, string> => ({ PATH: process.env["PATH"] ?? "", HOME: home, BERTH_URL: platform.url });

  const a2a = async (...args: readonly string[]): Promise<{ code: number; out: string; err: string }> =>
    await new Promise((resolve) => {
      execFile(process.execPath, [A2A, ...args], { env: env(), cwd: home, timeout: 60_000 }, (error, out, err) => {
        resolve({ code: typeof error?.code === "number" ? error.code : error === null ? 0 : 1, out, err });
      });
    });

  test("signs in by a device's code, works with it, renews it, and signs out", async () => {
    await mkdir(home, { recursive: true });
    const login = spawn(process.execPath, [A2A, "login"], { env: env(), cwd: home });
    let said = "";
    login.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
    const ended = new Promise<number | null>((resolve) => login.once("exit", resolve));
    const address = (): string | undefined => /Open (\S+)/.exec(said)?.[1];
    await waitFor("the code", () => address() !== undefined || login.exitCode !== null, 30_000);
    expect(await ada.allowDevice(address() ?? ""), said).toContain("Your device is signed in");
    expect(await ended, said).toBe(0);

    const file = join(home, ".config/berth/credentials.json");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const me = await a2a("whoami", "--json");
    expect(JSON.parse(me.out)).toMatchObject({
      name: "ada@example.com",
      scopes: ["deploy", "operate", "invoke", "read"],
    });
    expect((await a2a("agents", "list", "--json")).out).toContain("actor");

    const kept = JSON.parse(await readFile(file, "utf8"));
    kept[platform.url].expiresAt = new Date(0).toISOString();
    await writeFile(file, JSON.stringify(kept));
    // All at once: whoever came second with the same refresh token would sign everybody out.
    const many = await Promise.all([1, 2, 3].map(async () => await a2a("whoami", "--json")));
    expect(
      many.map(({ code }) => code),
      many.map(({ err }) => err).join("\n"),
    ).toEqual([0, 0, 0]);
    const renewed = JSON.parse(await readFile(file, "utf8"));
    expect(renewed[platform.url].refreshToken).not.toBe(kept[platform.url].refreshToken);

    expect((await a2a("logout")).code).toBe(0);
    expect((await a2a("whoami")).code).not.toBe(0);
    const token: string = renewed[platform.url].token;
    const stillGood = async (): Promise<boolean> =>
      (await platform.fetch("/v1/whoami", { headers: { authorization: `Bearer ${token}` } })).ok;
    await waitFor("the end of its token", async () => !(await stillGood()), 5_000);
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}
