import { expect, test } from "vitest";
import { parseLockFile } from "./lock-file.ts";

const registry = "https://registry.npmjs.org/x/-/x-1.0.0.tgz";

function lock(packages: { readonly [path: string]: unknown }): string {
  return JSON.stringify({ lockfileVersion: 3, packages: { "": { name: "a" }, ...packages } });
}

test("versions of direct packages are read, and the platform's own packages are taken out", () => {
  const parsed = parseLockFile(
    lock({
      "node_modules/x": { version: "1.0.0", resolved: registry },
      "node_modules/x/node_modules/y": { version: "2.0.0" },
      "node_modules/@berth/sdk": { resolved: "../sdk", link: true },
    }),
  );
  expect([...(parsed?.versions ?? [])]).toEqual([["x", "1.0.0"]]);
  expect(Object.keys(JSON.parse(parsed?.text ?? "{}").packages)).toEqual([
    "node_modules/x",
    "node_modules/x/node_modules/y",
  ]);
});

test.each([
  ["a link", { "node_modules/x": { link: true, resolved: "../x" } }],
  ["a folder outside", { "../x": { version: "1.0.0" } }],
  ["a path that climbs", { "node_modules/../../x": { version: "1.0.0" } }],
  ["git", { "node_modules/x": { resolved: "git+ssh://git@host/x.git#1" } }],
  ["another host", { "node_modules/x": { resolved: "https://registry.npmjs.org.evil/x.tgz" } }],
  ["plain HTTP", { "node_modules/x": { resolved: "http://registry.npmjs.org/x.tgz" } }],
])("a lock file with %s is set aside", (_, packages) => {
  expect(parseLockFile(lock(packages))).toBeUndefined();
});

test("what is no lock file is set aside", () => {
  for (const text of ["", "[]", "{}", '{"packages":1}']) expect(parseLockFile(text)).toBeUndefined();
});
