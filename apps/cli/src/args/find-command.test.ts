import { expect, test } from "vitest";
import { COMMANDS } from "../commands/index.ts";
import { findCommand } from "./find-command.ts";

test.each([
  [["deploy", "dir"], "deploy", ["dir"]],
  [["agents"], "agents list", []],
  [["agents", "--json"], "agents list", ["--json"]],
  [["agents", "show", "echo"], "agents show", ["echo"]],
  [["--json", "agents", "--url", "u", "show", "echo"], "agents show", ["--json", "--url", "u", "echo"]],
  [["--url=u", "ledger"], "ledger check", ["--url=u"]],
  [["tasks", "--state", "failed"], "tasks list", ["--state", "failed"]],
  [["call", "agents", "list"], "call", ["agents", "list"]],
])("%j is %s", (argv, name, rest) => {
  const found = findCommand(argv, COMMANDS);
  expect(found?.command.name).toBe(name);
  expect(found?.rest).toEqual(rest);
});

test("no word is no command", () => {
  expect(findCommand([], COMMANDS)).toBeUndefined();
  expect(findCommand(["--json"], COMMANDS)).toBeUndefined();
});

test("a mistyped word is told with the one that was meant", () => {
  expect(() => findCommand(["agnets"], COMMANDS)).toThrow(
    expect.objectContaining({ hint: expect.stringContaining("agents") }),
  );
  expect(() => findCommand(["keys", "crate"], COMMANDS)).toThrow(
    expect.objectContaining({ message: 'There is no keys command "crate".', hint: expect.stringContaining("create") }),
  );
});
