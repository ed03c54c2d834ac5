import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runAgainst } from "../testing/run.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-cli-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("dockerfile writes one where there is none, and then looks at it", async () => {
  await writeFile(join(folder, "main.py"), "");
  const first = await runAgainst({}, ["dockerfile", "--json"], { cwd: folder });
  expect([first.code, first.io.document()]).toMatchObject([
    0,
    { buildpack: "python", written: ["Dockerfile", ".dockerignore"] },
  ]);
  const text = await readFile(join(folder, "Dockerfile"), "utf8");
  expect(text).toContain("USER 65532:65532");
  const second = await runAgainst({}, ["dockerfile", "--json"], { cwd: folder });
  expect([second.code, second.io.document()]).toMatchObject([
    0,
    { written: [], findings: [{ rule: "unpinned-base" }, {}] },
  ]);
  expect(await readFile(join(folder, "Dockerfile"), "utf8")).toBe(text);
});

test("dockerfile fails for one that cannot be built here, with file and line", async () => {
  await writeFile(join(folder, "Containerfile"), "FROM scratch\nADD https://example.com/a /a\n");
  const { code, io } = await runAgainst({}, ["dockerfile"], { cwd: folder });
  expect(code).toBe(1);
  expect(io.out()).toContain("Containerfile:2: error");
});
