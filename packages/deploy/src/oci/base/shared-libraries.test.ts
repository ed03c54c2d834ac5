import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readElf } from "./elf-file.ts";
import { sharedLibraries } from "./shared-libraries.ts";

test("what Node is linked with is read out of its file, without running anything", async () => {
  const node = await readElf(process.execPath);
  expect(node?.interpreter).toMatch(/^\/lib.*\/ld-linux-.*\.so\.\d$/);
  expect(node?.needed).toContain("libc.so.6");
});

test("a file of another kind is linked with nothing", async () => {
  expect(await readElf(fileURLToPath(import.meta.url))).toBeUndefined();
});

test("the loader and every library are found where they lie here", async () => {
  const paths = await sharedLibraries([process.execPath]);
  expect(paths.some((path) => path.endsWith("/libc.so.6"))).toBe(true);
  expect(paths.some((path) => path.includes("/ld-linux-"))).toBe(true);
  expect(new Set(paths).size).toBe(paths.length);
});
