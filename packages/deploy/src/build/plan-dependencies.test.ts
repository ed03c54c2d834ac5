import { describe, expect, test } from "vitest";
import { planDependencies } from "./plan-dependencies.ts";

const installed: { readonly [name: string]: string } = { zod: "4.6.7", express: "5.3.0" };
const platform = { versionOf: (name: string): string | undefined => installed[name] };

function plan(dependencies: { readonly [name: string]: string }, locked?: ReadonlyMap<string, string>): unknown {
  const { fromRegistry } = planDependencies({ dependencies, optionalDependencies: {} }, platform, locked);
  return fromRegistry;
}

test("npm is not needed when the platform has every version asked for", () => {
  expect(plan({})).toEqual({});
  expect(plan({ "@berth/sdk": "^9.9.9", zod: "4.6.7", express: "^5.0.0" })).toEqual({});
});

test("one package the platform has not sends all to npm, but for what the SDK shares", () => {
  expect(plan({ zod: "^4.0.0", express: "^5.0.0", ky: "^1.0.0" })).toEqual({ express: "^5.0.0", ky: "^1.0.0" });
  expect(plan({ zod: "^3.0.0" })).toEqual({ zod: "^3.0.0" });
});

test("a lock file that names another version is believed", () => {
  expect(plan({ express: "^5.0.0" }, new Map([["express", "5.0.1"]]))).toEqual({ express: "^5.0.0" });
  expect(plan({ express: "^5.0.0" }, new Map([["express", "5.3.0"]]))).toEqual({});
});

describe("dependencies that are not versions of registry packages are refused", () => {
  test.each([
    "file:../../etc",
    "link:..",
    "../x",
    "git+ssh://git@host/x.git",
    "git://host/x",
    "github:a/b",
    "a/b",
    "https://host/x.tgz",
    "http://169.254.169.254/x.tgz",
    "workspace:*",
    "npm:../../x",
    "1.0.0\n",
    "..",
    "x.tgz",
  ])("%s", (range) => {
    expect(() => plan({ x: range })).toThrow(expect.objectContaining({ reason: "CONFIG_INVALID" }));
  });

  test.each(["../x", "@a/../b", "x y", "", "/etc"])("name %j", (name) => {
    expect(() => plan({ [name]: "1.0.0" })).toThrow(expect.objectContaining({ reason: "CONFIG_INVALID" }));
  });
});

test.each(["^1.2.3", "1.x || >=2.0.0 <3", "latest", "*", "npm:other@^1.0.0", "npm:@scope/other@1.0.0", "1 - 2"])(
  "%s is a range npm may be asked for",
  (range) => {
    expect(plan({ x: range })).toEqual({ x: range });
  },
);
