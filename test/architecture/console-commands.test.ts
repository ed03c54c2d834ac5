import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { linesOf, problemOf } from "./console-commands.ts";
import { ROOT } from "./rows.ts";

const sources = globSync("apps/console/web/**/*.{ts,tsx}", { cwd: ROOT })
  .filter((path) => !/\.test\.tsx?$/.test(path))
  .map((path) => ({ path, text: readFileSync(join(ROOT, path), "utf8") }));

test("every command line that the console shows is one that the command line takes", () => {
  const shown = sources.flatMap(({ path, text }) => linesOf(text).map((line) => ({ path, line })));
  expect(shown.length).toBeGreaterThan(60);
  const problems = shown.flatMap(({ path, line }) => {
    const problem = problemOf(line);
    return problem === undefined ? [] : [`${path}: ${problem}`];
  });
  expect(problems).toEqual([]);
});

test("the commands that tabs and sections name are there, alone or with the name of what is shown", () => {
  const named = sources.flatMap(({ path, text }) =>
    [...text.matchAll(/\bcli: "((?!npx |curl )[^"]+)"/g)].map(([, cli = ""]) => ({ path, cli })),
  );
  expect(named.length).toBeGreaterThan(15);
  const problems = named.flatMap(({ path, cli }) => {
    const problem = problemOf(`npx a2a ${cli}`);
    return problem === undefined || problemOf(`npx a2a ${cli} x`) === undefined ? [] : [`${path}: ${problem}`];
  });
  expect(problems).toEqual([]);
});

test("a planted command, option, word too many or too few is found, in text, in a template and in markup", () => {
  const planted = [
    'cli="npx a2a tasks lits"',
    "cli={`npx a2a agents show ${name} --wide`}",
    "<code>npx a2a keys create</code>",
    `command='npx a2a call echo echo &apos;{"text":"a b"}&apos; --input'`,
    "cli={`npx a2a receipts list ${id}; npx a2a receipts list`}",
  ];
  const found = planted.map((text) => linesOf(text).map(problemOf));
  expect(found.map(([problem]) => problem?.replace(/^npx .*?: /, ""))).toEqual([
    'There is no tasks command "lits".',
    "Unknown option --wide.",
    expect.stringContaining("needs NAME"),
    expect.stringContaining("needs a value"),
    expect.stringContaining("does not take"),
  ]);
});
