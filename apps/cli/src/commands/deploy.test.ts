import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAgentConfig } from "@berth/protocol";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runCli } from "../run-cli.ts";
import { TEMPLATE_DEPENDENCIES } from "../templates/agent-template.ts";
import { createFakeIo } from "../testing/fake-io.ts";
import { refusal, startFakePlatform } from "../testing/fake-platform.ts";
import type { FakeEvent, FakeRoutes } from "../testing/fake-platform.ts";
import { runAgainst } from "../testing/run.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-cli-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("init", () => {
  test("writes an agent whose configuration is valid and whose packages are at hand", async () => {
    const { code, io } = await runAgainst({}, ["init", "My Agent", "--json"], { cwd: folder });
    const files = ["package.json", "berth.json", ".gitignore", "README.md", "src/agent.ts"];
    expect([code, io.document()]).toEqual([0, { name: "my-agent", folder: join(folder, "My Agent"), files }]);
    const read = (path: string): Promise<string> => readFile(join(folder, "My Agent", path), "utf8");
    expect(parseAgentConfig(JSON.parse(await read("berth.json")))).toMatchObject({ name: "my-agent" });
    expect(await read("src/agent.ts")).toContain('name: "my-agent"');
    expect(JSON.parse(await read("package.json")).dependencies).toEqual(TEMPLATE_DEPENDENCIES);
    const zod: { version: string } = createRequire(import.meta.url)("zod/package.json");
    expect(TEMPLATE_DEPENDENCIES.zod).toBe(zod.version);
  });

  test("writes a package of Rust when asked for one, and names the templates there are", async () => {
    const { code, io } = await runAgainst({}, ["init", "mine", "--template", "rust-wasm", "--json"], { cwd: folder });
    expect([code, io.document()]).toMatchObject([0, { files: expect.arrayContaining(["Cargo.toml", "src/lib.rs"]) }]);
    const card = JSON.parse(await readFile(join(folder, "mine", "src/card.json"), "utf8"));
    expect(card).toMatchObject({ name: "mine", skills: [{ id: "greet" }] });
    const other = await runAgainst({}, ["init", "other", "--template", "cobol"], { cwd: folder });
    expect(other.code).toBe(2);
    expect(other.io.err()).toMatch(/no template "cobol".*typescript, typescript-wasm, rust-wasm/);
  });

  test("overwrites nothing", async () => {
    await runAgainst({}, ["init", "."], { cwd: folder });
    await rm(join(folder, "package.json"));
    const before = await readdir(folder);
    const { code, io } = await runAgainst({}, ["init"], { cwd: folder });
    expect([code, io.err()]).toEqual([
      2,
      "error: berth.json is there already. Choose another folder; nothing was written.\n",
    ]);
    expect(await readdir(folder)).toEqual(before);
  });

  test("takes no name that cannot be one", async () => {
    expect((await runAgainst({}, ["init", ".", "--name", "../x"], { cwd: folder })).code).toBe(2);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe("deploy", () => {
  const deployment = {
    deploymentId: "dep_1",
    agent: "greeter",
    release: "rel_1",
    status: "queued",
    steps: [],
    createdAt: "2026-11-29T10:00:00Z",
    updatedAt: "2026-11-29T10:00:00Z",
  };

  function routes(events: readonly FakeEvent[]): FakeRoutes {
    return {
      "POST /v1/deployments": { status: 202, json: deployment },
      "GET /v1/deployments/dep_1/events": { events },
      "GET /v1/agents/greeter": { json: { name: "greeter", url: "http://greeter.localhost:4100/" } },
    };
  }
  const step = (name: string, status: string, ms?: number): FakeEvent => ({
    event: "step",
    data: { name, status, ms },
  });
  const line = (text: string): FakeEvent => ({ event: "log", data: { seq: 1, step: "build", stream: "stdout", text } });
  const live = [
    step("fetch", "running"),
    step("fetch", "done", 4),
    step("fetch", "done", 4),
    line("bundled 3 modules"),
    step("build", "done", 1_200),
    { event: "done", data: { ...deployment, status: "live" } },
  ];

  beforeEach(async () => {
    await runAgainst({}, ["init", ".", "--name", "greeter"], { cwd: folder });
  });

  test("packs, uploads, shows each step with its time and gives the address", async () => {
    const { code, io, requests } = await runAgainst(
      routes(live),
      ["deploy", ".", "--name", "greeter", "--trust", "--json"],
      { cwd: folder },
    );
    expect([code, io.document()]).toEqual([
      0,
      {
        agent: "greeter",
        release: "rel_1",
        url: "http://greeter.localhost:4100/",
        status: "live",
        seconds: expect.any(Number),
      },
    ]);
    expect(requests[0]).toMatchObject({ method: "POST", path: "/v1/deployments?name=greeter&trust=true" });
    expect(requests[0]?.body.length).toBeGreaterThan(100);
    expect(io.err()).toMatch(/^✓ pack +\d+ ms \(5 files, \d+ KiB\)\n✓ fetch +4 ms\n✓ build +1\.2 s\n$/);
  });

  test("shows what the gate scored, and asks to pass it by where it is told to", async () => {
    const evals = [{ suite: "basics", runId: "eval_1", score: "0.950", threshold: "0.900", passed: true }];
    const gated = [step("evaluating", "done", 20), { event: "done", data: { ...deployment, status: "live", evals } }];
    const shown = await runAgainst(routes(gated), ["deploy"], { cwd: folder });
    expect(shown.io.out()).toMatch(/evals +basics 0\.950, 0\.900 is needed/);
    expect(shown.io.err()).toContain("✓ evaluating");
    const { io, requests } = await runAgainst(routes(gated), ["deploy", "--skip-evals", "--json"], { cwd: folder });
    expect(requests[0]?.path).toBe("/v1/deployments?evals=skip");
    expect(io.document()).toMatchObject({ evals });
  });

  test("that fails is 1 and names step, reason and the end of the log", async () => {
    const error = { reason: "BUILD_FAILED", message: "src/agent.ts:1:1: no", step: "build" };
    const failed = { ...deployment, status: "failed", error };
    const said = ["first", ...Array.from({ length: 30 }, () => "x"), "last \u001b[2Jline"].map(line);
    const events = [...said, step("build", "failed", 10), { event: "done", data: failed }];
    const { code, io } = await runAgainst(routes(events), ["deploy", "--json"], { cwd: folder });
    expect([code, io.document()]).toMatchObject([1, { agent: "greeter", status: "failed", error }]);
    expect(io.err()).toContain("✗ build");
    expect(io.err()).toContain(
      "  last line\nerror: the deployment failed at build: src/agent.ts:1:1: no (BUILD_FAILED)",
    );
    expect(io.err()).not.toContain("first");
  });

  test("of a folder that is no agent sends nothing", async () => {
    await rm(join(folder, "src"), { recursive: true });
    const { code, io, requests } = await runAgainst({}, ["deploy", ".", "--json"], { cwd: folder });
    expect([code, requests.length]).toEqual([1, 0]);
    expect(io.document()).toMatchObject({ error: { reason: "CONFIG_INVALID" } });
  });

  test("of a repository or an image sends where it is, and need not be waited for", async () => {
    const sent = async (...args: readonly string[]): Promise<readonly [number, unknown]> => {
      const { code, requests } = await runAgainst(routes(live), ["deploy", ...args, "--detach"], { cwd: folder });
      return [code, requests.length === 1 ? JSON.parse(String(requests[0]?.body)) : requests];
    };
    const options = { trust: false, skipEvals: false };
    expect(await sent("https://git.example/a.git#main:agents/echo", "--credential", "GIT", "--target", "edge")).toEqual(
      [
        0,
        {
          source: {
            kind: "git",
            url: "https://git.example/a.git",
            ref: "main",
            path: "agents/echo",
            credential: "GIT",
          },
          options: { ...options, target: "edge" },
        },
      ],
    );
    expect(await sent("git@git.example:team/a")).toEqual([
      0,
      { source: { kind: "git", url: "git@git.example:team/a" }, options },
    ]);
    expect(await sent("--image", "ghcr.io/acme/echo:1", "--name", "echo")).toEqual([
      0,
      { name: "echo", source: { kind: "image", reference: "ghcr.io/acme/echo:1" }, options },
    ]);
    for (const wrong of [
      ["--image", "x"],
      [".", "--image", "x", "--name", "y"],
      [".", "--credential", "GIT"],
    ]) {
      expect(await sent(...wrong)).toEqual([2, []]);
    }
  });

  test("that is not allowed is 3", async () => {
    const denied = { "POST /v1/deployments": refusal(403, "PERMISSION_DENIED", "Needs deploy.") };
    expect((await runAgainst(denied, ["deploy"], { cwd: folder })).code).toBe(3);
  });

  test("is canceled by Ctrl-C on the platform too", async () => {
    const hold = Promise.withResolvers<readonly FakeEvent[]>();
    const error = { reason: "DEPLOY_CANCELED", message: "The deployment was canceled." };
    await using platform = await startFakePlatform({
      ...routes([]),
      "GET /v1/deployments/dep_1/events": { events: [step("fetch", "done", 1)], hold: hold.promise },
      "DELETE /v1/deployments/dep_1": () => {
        hold.resolve([{ event: "done", data: { ...deployment, status: "canceled", error } }]);
        return { json: deployment };
      },
    });
    const io = createFakeIo({ env: { BERTH_URL: platform.url }, cwd: folder });
    const code = runCli(["deploy", "--json"], io);
    await expect.poll(() => io.err()).toContain("fetch");
    io.interrupt();
    expect(await code).toBe(1);
    expect(io.document()).toMatchObject({ status: "canceled", error: { reason: "DEPLOY_CANCELED" } });
  });
});
