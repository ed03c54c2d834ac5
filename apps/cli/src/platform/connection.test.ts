import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseOptions } from "../args/parse-options.ts";
import type { ParsedOptions } from "../args/parse-options.ts";
import { versionCommand } from "../commands/version.ts";
import { createFakeIo } from "../testing/fake-io.ts";
import { platformToken, platformUrl } from "./connection.ts";

const LOCAL = "http://127.0.0.1:4100";
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-cli-"));
  await mkdir(join(folder, ".berth"));
  await mkdir(join(folder, "deep/er"), { recursive: true });
  await writeFile(join(folder, ".berth/admin-token"), "saved\n");
  await mkdir(join(folder, "home/.config/berth"), { recursive: true });
  await writeFile(
    join(folder, "home/.config/berth/credentials.json"),
    '{"https://berth.example": {"token": "kept"}, "http://127.0.0.1:4100": {"token": "kept for local"}}',
  );
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function args(...argv: readonly string[]): ParsedOptions {
  return parseOptions(argv, versionCommand);
}

function token(
  url: string,
  options: { env?: Record<string, string>; argv?: readonly string[]; cwd?: string } = {},
): Promise<string | undefined> {
  const io = createFakeIo({
    env: options.env ?? {},
    cwd: join(folder, options.cwd ?? ""),
    userHome: join(folder, "home"),
  });
  return platformToken(url, args(...(options.argv ?? [])), io);
}

test("the flag comes before the environment, the environment before what was saved", async () => {
  const env = { BERTH_TOKEN: "environment" };
  expect(await token(LOCAL, { argv: ["--token", "flag"], env })).toBe("flag");
  expect(await token(LOCAL, { env })).toBe("environment");
  expect(await token(LOCAL)).toBe("saved");
});

test("the saved key is found from folders below, and under BERTH_HOME", async () => {
  expect(await token(LOCAL, { cwd: "deep/er" })).toBe("saved");
  expect(await token(LOCAL, { env: { BERTH_HOME: join(folder, ".berth") }, cwd: "/" })).toBe("saved");
  expect(await token(LOCAL, { env: { BERTH_HOME: join(folder, "nothing") } })).toBe("kept for local");
});

test("the key of this machine is never sent to another one", async () => {
  expect(await token("https://elsewhere.example")).toBeUndefined();
  expect(await token("http://localhost.example")).toBeUndefined();
  expect(await token("http://127.0.0.1.example")).toBeUndefined();
  for (const url of ["http://localhost:1", "http://echo.localhost:1", "http://[::1]:1", "http://127.0.0.2"]) {
    expect(await token(url)).toBe("saved");
  }
});

test("a key kept for an address goes to that address alone", async () => {
  expect(await token("https://berth.example/")).toBe("kept");
  expect(await token("http://berth.example/")).toBeUndefined();
  expect(await token("https://berth.example:444/")).toBeUndefined();
});

test("the address comes from the flag, the environment, or is this machine's", () => {
  const io = createFakeIo({ env: { BERTH_URL: "https://env.example/" } });
  expect(platformUrl(args("--url", "https://flag.example"), io)).toBe("https://flag.example");
  expect(platformUrl(args(), io)).toBe("https://env.example");
  expect(platformUrl(args(), createFakeIo())).toBe(LOCAL);
  expect(() => platformUrl(args("--url", "file:///etc"), io)).toThrow("is not the address of a platform");
});
