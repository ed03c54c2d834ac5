import { PlatformError } from "@berth/protocol";
import { describe, expect, test } from "vitest";
import type { Command } from "./command.ts";
import { COMMANDS } from "./commands/index.ts";
import { runCli } from "./run-cli.ts";
import { createFakeIo } from "./testing/fake-io.ts";
import { refusal } from "./testing/fake-platform.ts";
import { runAgainst } from "./testing/run.ts";

function failing(error: unknown): readonly Command[] {
  const run = async (): Promise<never> => {
    throw error;
  };
  return [{ name: "go", summary: "", positionals: [], options: {}, examples: [], run }];
}

describe("exit codes", () => {
  test.each([
    ["AGENT_ERROR", 1],
    ["CANCELED", 1],
    ["PERMISSION_DENIED", 3],
    ["AGENT_NOT_FOUND", 4],
    ["TASK_NOT_FOUND", 4],
    ["TIMED_OUT", 5],
    ["TASK_TIMED_OUT", 5],
  ] as const)("%s is %d, in JSON and for people", async (reason, code) => {
    const error = new PlatformError(reason, "It broke.", { hint: "Mend it." });
    const json = createFakeIo();
    expect(await runCli(["go", "--json"], json, failing(error))).toBe(code);
    expect(json.document()).toEqual({ error: { reason, message: "It broke.", hint: "Mend it." } });
    const people = createFakeIo();
    expect(await runCli(["go"], people, failing(error))).toBe(code);
    expect([people.out(), people.err()]).toEqual(["", "error: It broke. Mend it.\n"]);
  });

  test("a key that does not hold is 3, with advice for the command line instead of for HTTP", async () => {
    const io = createFakeIo();
    const error = new PlatformError("UNAUTHENTICATED", "No key.", { hint: "Send a header." });
    expect(await runCli(["go"], io, failing(error))).toBe(3);
    expect(io.err()).toMatch(/^error: No key\. Give a key with --token/);
  });

  test("wrong usage is 2, and says so in JSON too", async () => {
    const io = createFakeIo();
    expect(await runCli(["agents", "show", "--json"], io)).toBe(2);
    expect(io.document()).toMatchObject({
      error: { reason: "USAGE", message: expect.stringContaining("needs AGENT") },
    });
    for (const argv of [["nope"], ["deploy", "--nope"], ["agents", "nope"], ["call"], ["--nope"], []]) {
      expect(await runCli(argv, createFakeIo())).toBe(2);
    }
  });

  test("a bug is 1 with its stack", async () => {
    const io = createFakeIo();
    expect(await runCli(["go", "--json"], io, failing(new TypeError("x is undefined")))).toBe(1);
    expect(io.document()).toMatchObject({ error: { reason: "INTERNAL", message: "x is undefined" } });
    expect(io.err()).toContain("run-cli.test.ts");
  });

  test("a platform that is not there is 1 and says how to start one", async () => {
    const io = createFakeIo({ env: { BERTH_URL: "http://127.0.0.1:9" } });
    expect(await runCli(["agents", "--json"], io)).toBe(1);
    expect(io.document()).toMatchObject({ error: { reason: "UNREACHABLE", hint: expect.stringContaining("a2a up") } });
  });

  test("what the platform refuses keeps its reason", async () => {
    const { code, io } = await runAgainst({ "GET /v1/keys": refusal(403, "PERMISSION_DENIED", "Needs admin.") }, [
      "keys",
      "--json",
    ]);
    expect(code).toBe(3);
    expect(io.document()).toEqual({
      error: { reason: "PERMISSION_DENIED", message: "Needs admin.", hint: expect.stringContaining("keys create") },
    });
  });
});

describe("help", () => {
  test.each(COMMANDS)("of $name has a summary, examples that begin with a2a, and its options", async (command) => {
    const io = createFakeIo();
    expect(await runCli(["help", ...command.name.split(" ")], io)).toBe(0);
    expect(io.out()).toContain(command.summary);
    for (const name of [...Object.keys(command.options), "json"]) expect(io.out()).toContain(`--${name}`);
    expect(command.examples.length).toBeGreaterThan(0);
    for (const example of command.examples) expect(example).toMatch(new RegExp(`a2a ${command.name}`));
    const flag = createFakeIo();
    expect(await runCli([...command.name.split(" "), "--help"], flag)).toBe(0);
    expect(flag.out()).toBe(io.out());
  });

  test("of everything lists every command and the exit codes", async () => {
    for (const argv of [["help"], ["--help"], ["-h"]]) {
      const io = createFakeIo();
      expect(await runCli(argv, io)).toBe(0);
      for (const { name } of COMMANDS) expect(io.out()).toContain(name);
      expect(io.out()).toContain("5 timed out");
    }
  });

  test("of a group, in JSON, and of what is not there", async () => {
    const group = createFakeIo();
    expect(await runCli(["help", "keys", "--json"], group)).toBe(0);
    expect(group.document()).toMatchObject([{ name: "keys list" }, { name: "keys create" }, { name: "keys revoke" }]);
    expect(await runCli(["help", "nope"], createFakeIo())).toBe(2);
  });
});

test("colours only for people, and not with NO_COLOR", async () => {
  const red = "\u001b[31m";
  const raw = async (options: Parameters<typeof createFakeIo>[0]): Promise<string> => {
    let text = "";
    await runCli(["nope"], { ...createFakeIo(options), stderr: (piece) => void (text += piece) });
    return text;
  };
  expect(await raw({ tty: true })).toContain(red);
  expect(await raw({ tty: false })).not.toContain(red);
  expect(await raw({ tty: true, env: { NO_COLOR: "1" } })).not.toContain(red);
});
