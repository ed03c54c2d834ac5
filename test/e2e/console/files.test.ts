import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "@berth/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ConsoleBrowser } from "./harness.ts";

const folder = temporaryFolder();
let view: ConsoleBrowser;

beforeAll(async () => {
  view = await ConsoleBrowser.start();
});
afterAll(async () => {
  await view[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

async function put(path: string, body: string | Uint8Array<ArrayBuffer>, type: string): Promise<void> {
  const answer = await view.platform.fetch(`/v1/workspace/files/${path}`, {
    method: "PUT",
    body,
    headers: { "content-type": type },
  });
  expect(answer.status).toBe(200);
}

/** One transparent pixel. */
const PIXEL = Uint8Array.from(
  atob("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="),
  (character) => character.charCodeAt(0),
);

test("an empty workspace says how to fill it; folders and files are walked by keys", async () => {
  const { page } = view;
  await view.open("/files");
  await page.getByText("There are no files yet").waitFor();
  await view.everyLook("files-empty");
  await put("readme.md", "# Notes\n\n- one\n- two\n", "text/markdown");
  await put("data/2026/sales.csv", 'name,amount\n"a, b",1\n', "text/csv");
  await put("data/config.json", '{"a":{"b":1}}', "application/json");
  await put("data/pixel.png", PIXEL, "image/png");
  await view.open("/files");
  await view.keys("j", "Enter");
  await page.getByRole("button", { name: /^2026\// }).waitFor();
  await view.everyLook("files");
  await page.getByRole("button", { name: /^config\.json/ }).press("Enter");
  await page.getByText('"b": 1').waitFor();
  await view.open("/files?path=data/2026/sales.csv");
  await page.getByRole("cell", { name: "a, b" }).waitFor();
  await view.everyLook("file-csv");
  await view.open("/files?path=data/pixel.png");
  await page.getByRole("img", { name: "data/pixel.png" }).waitFor();
  expect(await page.getByRole("img", { name: "data/pixel.png" }).getAttribute("src")).toMatch(/^blob:/);
  expect(view.problems).toEqual([]);
});

test("a file's versions are read, compared and deleted", async () => {
  const { page } = view;
  await put("readme.md", "# Notes\n\n- one\n- **three**\n", "text/markdown");
  await view.open("/files?path=readme.md");
  await page.getByText("three").waitFor();
  await view.axe("a markdown file");
  await page.getByRole("tab", { name: "Difference" }).click();
  await page.getByLabel("Difference", { exact: true }).getByText("- **three**").waitFor();
  await view.everyLook("file-difference");
  await page.getByRole("tab", { name: /^Versions/ }).click();
  await page.getByRole("button", { name: "1", exact: true }).click();
  await page.getByText("an older version").waitFor();
  await page.getByText("two").waitFor();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  expect((await view.platform.fetch("/v1/workspace/files/readme.md")).status).toBe(404);
  expect((await view.platform.fetch("/v1/workspace/files/readme.md?version=1")).status).toBe(200);
  expect(view.problems).toEqual([]);
});

test("an upload never replaces what it has not been told to replace", async () => {
  const { page } = view;
  const local = join(folder.path, "plan.md");
  await view.open("/files?prefix=plans/");
  writeFileSync(local, "first\n");
  await page.getByLabel("File to upload").setInputFiles(local);
  await page.getByText("version 1", { exact: true }).waitFor();
  await page.getByText("first").waitFor();
  writeFileSync(local, "second\n");
  await page.getByLabel("File to upload").setInputFiles(local);
  const dialog = page.getByRole("dialog");
  await dialog.getByText("is at version 1.").waitFor();
  await view.axe("a conflict");
  await view.shot("files-conflict");
  // Somebody else is faster: what was agreed to is that version and no other.
  await put("plans/plan.md", "theirs\n", "text/markdown");
  await dialog.getByRole("button", { name: "Write version 2" }).click();
  await dialog.getByText("is at version 2.").waitFor();
  expect(await (await view.platform.fetch("/v1/workspace/files/plans/plan.md")).text()).toBe("theirs\n");
  await dialog.getByRole("button", { name: "Write version 3" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByText("second").waitFor();
  expect(view.problems).toEqual([]);
});

test("what an agent has written is text, whatever it says it is", async () => {
  const { page } = view;
  const hostile = '<script>document.title="taken"</script><img src=x onerror="document.title=1">';
  await put("hostile.html", hostile, "text/html");
  await put("hostile.md", `${hostile}\n\n![x](https://evil.example/p.png) [y](javascript:alert(1))`, "text/markdown");
  await put("hostile.svg", `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`, "image/svg+xml");
  for (const name of ["hostile.html", "hostile.md", "hostile.svg"]) {
    await view.open(`/files?path=${name}`);
    await page.getByText("script").first().waitFor();
    expect(await page.locator("main img, main iframe, main svg script").count()).toBe(0);
  }
  expect(await page.title()).toBe("Files · Berth");
  expect(view.problems).toEqual([]);
});

test("what cannot be read says why", async () => {
  const { page } = view;
  await view.breaks("/v1/workspace/files");
  await view.open("/files");
  await page.getByRole("alert").getByText("Broken by a test.").waitFor();
  await view.axe("files that failed");
  await view.mend();
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("button", { name: /^data\// }).waitFor();
  expect(view.problems).toEqual([]);
});
