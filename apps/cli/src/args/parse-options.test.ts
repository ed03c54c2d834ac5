import { describe, expect, test } from "vitest";
import type { Command } from "../command.ts";
import { parseOptions } from "./parse-options.ts";
import { UsageError } from "./usage-error.ts";

const command: Command = {
  name: "paint",
  summary: "",
  positionals: [
    { name: "WALL", summary: "the wall to paint" },
    { name: "COLOR", optional: true, summary: "" },
  ],
  options: {
    coats: { type: "string", value: "N", summary: "" },
    tool: { type: "string", multiple: true, summary: "" },
    follow: { type: "boolean", summary: "" },
  },
  examples: [],
  run: async () => ({}),
};

test("options and positionals in any order", () => {
  const args = parseOptions(
    ["--tool", "brush", "wall", "-f", "--tool=roller", "red", "--coats", "2", "--json"],
    command,
  );
  expect(args.texts("tool")).toEqual(["brush", "roller"]);
  expect([args.required("WALL"), args.positional("COLOR")]).toEqual(["wall", "red"]);
  expect([args.flag("follow"), args.flag("json"), args.flag("help")]).toEqual([true, true, false]);
  expect([args.integer("coats", { min: 1, max: 9 }), args.text("url")]).toEqual([2, undefined]);
});

test("what comes after -- is never an option, a lone dash is a value", () => {
  expect(parseOptions(["--", "--wall"], command).required("WALL")).toBe("--wall");
  expect(parseOptions(["w", "--tool", "-"], command).texts("tool")).toEqual(["-"]);
  expect(parseOptions(["w", "--tool=--x"], command).texts("tool")).toEqual(["--x"]);
});

describe("is refused", () => {
  test.each([
    ["an unknown option", ["wall", "--coat", "2"], "Unknown option --coat.", "--coats"],
    ["an unknown short option", ["wall", "-x"], "Unknown option -x.", "a2a help paint"],
    ["a name of every object", ["wall", "--constructor"], "Unknown option --constructor.", "help"],
    ["a value that is missing at the end", ["wall", "--coats"], "--coats needs a value: --coats N", "help"],
    ["a value that is an option", ["wall", "--coats", "--json"], "--coats needs a value", "help"],
    ["a value for a flag", ["wall", "--follow=yes"], "--follow takes no value", "help"],
    ["a missing positional", [], "`a2a paint` needs WALL: the wall to paint.", "help"],
    ["one too many", ["wall", "red", "blue"], '`a2a paint` does not take "blue".', "help"],
  ])("%s", (_, argv, message, hint) => {
    expect(() => parseOptions(argv, command)).toThrow(
      expect.objectContaining({
        name: "UsageError",
        message: expect.stringContaining(message),
        hint: expect.stringContaining(hint),
      }),
    );
  });

  test.each(["0", "10", "-1", "1.5", "two", ""])("%j as a number from 1 to 9", (text) => {
    const args = parseOptions(["wall", `--coats=${text}`], command);
    expect(() => args.integer("coats", { min: 1, max: 9 })).toThrow(UsageError);
  });
});

test("help needs no positionals", () => {
  expect(parseOptions(["--help"], command).flag("help")).toBe(true);
});
