import { expect, test } from "vitest";
import { parseToml, tableOf, tablesOf } from "./parse-toml.ts";

const TEXT = `top = "a # b" # c
[project]
name = 'echo'
dependencies = [
  "flask[async]>=3", # a comment with "quotes"
  'httpx',
]
requires = "\\"quoted\\""
count = 3
source = { registry = "https://pypi.org/simple" }
[project.scripts]
"echo-it" = "echo:main"
__proto__ = "x"
[[package]]
name = "one"
[[package]]
name = "two"
`;

test("texts, lists and tables are read, everything else is kept as it stands", () => {
  const tables = parseToml(TEXT, "x.toml");
  expect(tableOf(tables, "")).toMatchObject({ top: "a # b" });
  expect(tableOf(tables, "project")).toMatchObject({
    name: "echo",
    dependencies: ["flask[async]>=3", "httpx"],
    requires: '"quoted"',
    count: "3",
    source: '{ registry = "https://pypi.org/simple" }',
  });
  expect(Object.keys(tableOf(tables, "project.scripts") ?? {})).toEqual(["echo-it", "__proto__"]);
  expect(tablesOf(tables, "package").map(({ name }) => name)).toEqual(["one", "two"]);
});

test("a list that does not end takes the rest and no more time than that", () => {
  const lines = "x,\n".repeat(200_000);
  expect(tableOf(parseToml(`[a]\nb = [\n${lines}`, "x.toml"), "a")).toEqual({ b: [] });
});
