import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { listSourceFiles } from "../../source/list-source-files.ts";
import type { SourceEntry } from "../../source/list-source-files.ts";
import { cargoPackages } from "./cargo-packages.ts";
import { goModules } from "./go-modules.ts";
import { lockedDigests, npmPackages } from "./npm-packages.ts";
import { ociPurl, pythonPurl } from "./purl.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-facts-test-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function source(files: { readonly [path: string]: string }): Promise<readonly SourceEntry[]> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return await listSourceFiles(folder);
}

test("Go's modules are those of go.mod with go.sum's digests, without what is excluded or replaced", async () => {
  const sum = Buffer.alloc(32, 7);
  const files = await source({
    "go.mod": `module example.com/x\n\ngo 1.19\n\nrequire golang.org/x/text v0.3.0\nrequire (\n\tgithub.com/a/b/v2 v2.1.0 // indirect\n)\nexclude (\n\tgithub.com/e/f v1.0.0\n)\nreplace github.com/g/h v1.0.0 => ./h\n`,
    "go.sum": `golang.org/x/text v0.3.0 h1:${sum.toString("base64")}\ngolang.org/x/text v0.3.0/go.mod h1:x\n`,
  });
  expect(await goModules(files)).toEqual([
    { purl: "pkg:golang/github.com/a/b/v2@v2.1.0" },
    { purl: "pkg:golang/golang.org/x/text@v0.3.0", digest: `sha256:${sum.toString("hex")}` },
  ]);
});

test("Rust's crates are those of Cargo.lock that come from elsewhere, with the licence of what is vendored", async () => {
  const files = await source({
    "Cargo.lock": `[[package]]\nname = "own"\nversion = "1.0.0"\n\n[[package]]\nname = "seven"\nversion = "1.2.3"\nsource = "registry+https://github.com/rust-lang/crates.io-index"\nchecksum = "${"a".repeat(64)}"\n`,
    "vendor/seven/Cargo.toml": '[package]\nlicense = "MIT OR Apache-2.0"\n',
  });
  expect(await cargoPackages(files)).toEqual([
    { purl: "pkg:cargo/seven@1.2.3", digest: `sha256:${"a".repeat(64)}`, licence: "MIT OR Apache-2.0" },
  ]);
});

test("packages of a bundle are those whose files are in it, once, with the lock file's digest", async () => {
  await source({});
  const manifest = { name: "@a/b", version: "1.0.0", license: "ISC" };
  // node_modules is never listed as source.
  await mkdir(join(folder, "node_modules/@a/b"), { recursive: true });
  await writeFile(join(folder, "node_modules/@a/b/package.json"), JSON.stringify(manifest));
  const integrity = `sha512-${Buffer.alloc(64, 1).toString("base64")}`;
  const lock = JSON.stringify({ packages: { "node_modules/@a/b": { version: "1.0.0", integrity } } });
  const inputs = ["node_modules/@a/b/x.js", "node_modules/@a/b/y.js", "src/agent.ts", "node_modules/gone/z.js"];
  expect(await npmPackages(inputs, folder, lockedDigests(lock))).toEqual([
    { purl: "pkg:npm/%40a/b@1.0.0", digest: `sha512:${"01".repeat(64)}`, licence: "ISC" },
  ]);
});

test("names are written as package URLs have them", () => {
  expect(pythonPurl("Foo_Bar.baz", "1")).toBe("pkg:pypi/foo-bar-baz@1");
  expect(ociPurl("registry.example.com:5000/team/echo:1.0", "sha256:ab")).toBe(
    "pkg:oci/echo@sha256%3Aab?repository_url=registry.example.com%3A5000%2Fteam%2Fecho",
  );
});
