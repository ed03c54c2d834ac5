import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { VERSION } from "../../apps/server/src/version.ts";
import { ROOT, importsOf, readPackages, readSources, violations } from "./rows.ts";
import type { Package } from "./rows.ts";

const packages = readPackages();
const sources = readSources();

/** The subpath `@berth/ledger/node`. */
function isForNode(path: string): boolean {
  return path.startsWith("packages/ledger/src/node/");
}

describe("the rows of the house", () => {
  test("every import goes down, through a declared export", () => {
    expect(violations(packages, sources)).toEqual([]);
  });

  test("a planted import that goes up is caught", () => {
    const planted = { path: "packages/store/src/planted.ts", text: `import { x } from "@berth/control";` };
    const knowing = withDependency(packages, "@berth/store", "@berth/control");
    expect(violations(knowing, [planted])).toEqual([
      "packages/store/src/planted.ts: imports @berth/control: goes up or sideways",
    ]);
  });

  test("a planted import that goes sideways is caught, as a type too", () => {
    const planted = { path: "packages/runtime/src/planted.ts", text: `import type { Store } from "@berth/store";` };
    const knowing = withDependency(packages, "@berth/runtime", "@berth/store");
    expect(violations(knowing, [planted])).toEqual([
      "packages/runtime/src/planted.ts: imports @berth/store: goes up or sideways",
    ]);
  });

  test("planted imports past the exports, past package.json and by path are caught", () => {
    const text = [
      `import { a } from "@berth/protocol/src/a2a.ts";`,
      `const b = await import("left-pad");`,
      `import { c } from "../../protocol/src/a2a.ts";`,
    ].join("\n");
    expect(violations(packages, [{ path: "packages/store/src/planted.ts", text }])).toEqual([
      "packages/store/src/planted.ts: imports @berth/protocol/src/a2a.ts: not one of its exports",
      "packages/store/src/planted.ts: imports left-pad: not declared in package.json",
      "packages/store/src/planted.ts: imports ../../protocol/src/a2a.ts: reaches into another package by its path",
    ]);
  });
});

describe("what a floor does not know", () => {
  const outside = (pattern: RegExp, allowed: (path: string) => boolean): readonly string[] =>
    sources.filter(({ path, text }) => pattern.test(text) && !allowed(path)).map(({ path }) => path);

  test("PostgreSQL only in the store", () => {
    expect(outside(/from "(pg|kysely)"/, (path) => path.startsWith("packages/store/src/"))).toEqual([]);
  });

  test("the environment only in apps, and in the SDK's entry and what runs inside a sandbox", () => {
    const allowed = (path: string): boolean =>
      path.startsWith("apps/") ||
      path.startsWith("packages/testing/") ||
      path.startsWith("packages/sdk/src/") ||
      path.startsWith("packages/runtime/src/bridge/") ||
      path.startsWith("packages/runtime/src/wasm/host/");
    expect(outside(/process\.env\b/, allowed)).toEqual([]);
  });

  test("control calls no clock and no random generator", () => {
    const inControl = sources.filter(({ path }) => path.startsWith("packages/control/src/"));
    // key-files.ts makes keys on disk: randomness is its business.
    const guilty = inControl.filter(
      ({ path, text }) =>
        /Date\.now\(\)|new Date\(\)|Math\.random|randomUUID/.test(text) && !path.endsWith("key-files.ts"),
    );
    expect(guilty.map(({ path }) => path)).toEqual([]);
  });

  test("HTTP servers only in gateway, sdk, the sandbox's egress, `a2a dev`, and what tests share", () => {
    const allowed = (path: string): boolean =>
      /^(?:packages\/(?:gateway|sdk|testing)|packages\/runtime\/src|apps\/cli\/src\/dev)\//.test(path);
    expect(outside(/from "node:https?"/, allowed)).toEqual([]);
  });

  test("the ledger imports nothing at all but its own files", () => {
    const foreign = sources
      .filter(({ path }) => path.startsWith("packages/ledger/src/") && !isForNode(path))
      .flatMap(({ path, text }) =>
        importsOf(text)
          .filter((name) => !name.startsWith("."))
          .map((name) => `${path}: ${name}`),
      );
    expect(foreign).toEqual([]);
  });

  test("what the ledger has for Node alone stands behind a subpath of its own", () => {
    const guilty = sources
      .filter(({ path }) => path.startsWith("packages/ledger/src/") && !isForNode(path) && !path.endsWith(".test.ts"))
      .filter(({ text }) => importsOf(text).some((name) => name.includes("/node/")));
    expect(guilty.map(({ path }) => path)).toEqual([]);
    const foreign = sources
      .filter(({ path }) => isForNode(path))
      .flatMap(({ text }) => importsOf(text).filter((name) => !name.startsWith(".") && !name.startsWith("node:")));
    expect(foreign).toEqual([]);
  });

  test("protocol, telemetry and ledger run in a browser: no node: imports, no Buffer", () => {
    const guilty = sources
      .filter(({ path }) => /^packages\/(protocol|telemetry|ledger)\//.test(path) && !isForNode(path))
      .filter(({ text }) => /from "node:|\bBuffer\b/.test(text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, "")));
    expect(guilty.map(({ path }) => path)).toEqual([]);
  });
});

test("every package has the version of the platform", () => {
  expect(packages.filter(({ version }) => version !== VERSION).map(({ name }) => name)).toEqual([]);
});

test("no source file has more than 400 lines", () => {
  const crowded = sources.filter(({ text }) => text.split("\n").length > 400).map(({ path }) => path);
  expect(crowded).toEqual([]);
});

test("links in the documents lead somewhere", () => {
  const documents = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"];
  const broken = documents.flatMap((document) => {
    const text = readFileSync(join(ROOT, document), "utf8");
    return [...text.matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)].flatMap(([, target]) =>
      target === undefined || exists(join(ROOT, target)) ? [] : [`${document}: ${target}`],
    );
  });
  expect(broken).toEqual([]);
});

function exists(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EISDIR";
  }
}

function withDependency(all: readonly Package[], name: string, dependency: string): readonly Package[] {
  return all.map((each) => (each.name === name ? { ...each, dependencies: [...each.dependencies, dependency] } : each));
}
