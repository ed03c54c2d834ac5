import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { NOT_YET, REQUIREMENTS } from "./a2a-1.0.ts";
import type { Requirement } from "./requirement.ts";

const CONFORMANCE = fileURLToPath(new URL("../", import.meta.url));
const ALL: readonly Requirement[] = [...REQUIREMENTS, ...NOT_YET];
const ID = /[A-Z]+(?:-[A-Z]+)+-\d{3}/;

/** The requirements that titles of tests in a file cite. */
function citedIn(source: string): ReadonlySet<string> {
  const titles = source.matchAll(/["`]((?:\[[A-Z-]+\d{3}\])+) /g);
  return new Set([...titles].flatMap(([, ids = ""]) => [...ids.matchAll(/\[([^\]]+)\]/g)].map(([, id = ""]) => id)));
}

/** What is wrong between a list of requirements and the files that are said to test them. */
function differences(requirements: readonly Requirement[], sources: ReadonlyMap<string, string>): readonly string[] {
  const cited = new Map([...sources].map(([file, source]) => [file, citedIn(source)]));
  const listed = new Set(requirements.map(({ id }) => id));
  return [
    ...requirements
      .filter(({ id }, index) => requirements.findIndex((each) => each.id === id) !== index)
      .map(({ id }) => `${id} is listed twice`),
    ...requirements.filter(({ id }) => !new RegExp(`^${ID.source}$`).test(id)).map(({ id }) => `${id} is no id`),
    ...requirements.filter(({ tests }) => tests.length === 0).map(({ id }) => `${id} names no test`),
    ...requirements.flatMap(({ id, tests }) =>
      tests.filter((file) => cited.get(file)?.has(id) !== true).map((file) => `${id} has no test in ${file}`),
    ),
    ...[...cited].flatMap(([file, ids]) => [...ids].filter((id) => !listed.has(id)).map((id) => `${file} cites ${id}`)),
  ];
}

const sources = new Map(
  readdirSync(CONFORMANCE, { recursive: true, encoding: "utf8" })
    .filter((path) => /^(requirements\/)?[^/]+\.ts$/.test(path) && path !== "requirements/requirements.test.ts")
    .map((path) => [path, readFileSync(`${CONFORMANCE}${path}`, "utf8")]),
);

test("every requirement has a test that cites it, and every citation a requirement", () => {
  expect(differences(ALL, sources)).toEqual([]);
  expect(REQUIREMENTS.length).toBeGreaterThan(80);
});

test("what is not met has a reason, and is not listed as met", () => {
  expect(NOT_YET.filter(({ reason }) => reason === "")).toEqual([]);
});

test("the check bites: a stale list is found out", () => {
  const stale: Requirement = { id: "ABC-DEF-001", section: "1", level: "MUST", text: "", tests: ["a.test.ts"] };
  const planted = new Map([["a.test.ts", `test("[ABC-DEF-002][ABC-GHI-001] does", () => {})`]]);
  expect(differences([stale, stale, { ...stale, id: "abc", tests: [] }], planted)).toEqual([
    "ABC-DEF-001 is listed twice",
    "abc is no id",
    "abc names no test",
    "ABC-DEF-001 has no test in a.test.ts",
    "ABC-DEF-001 has no test in a.test.ts",
    "a.test.ts cites ABC-DEF-002",
    "a.test.ts cites ABC-GHI-001",
  ]);
});
