import { deployFolder } from "@berth/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ConsoleBrowser, example } from "./harness.ts";

let view: ConsoleBrowser;

beforeAll(async () => {
  view = await ConsoleBrowser.start();
});
afterAll(async () => await view[Symbol.asyncDispose]());

test("what an agent remembers is added, found with its origin, and forgotten", async () => {
  const { page } = view;
  await view.open("/memory");
  await page.getByText("There is no agent that could remember anything").waitFor();
  await view.everyLook("memory-no-agent");
  await deployFolder(view.platform, example("docs-rag"));
  await view.open("/memory?agent=docs-rag");
  await page.getByText("Nothing is remembered here").waitFor();
  await view.everyLook("memory-empty");
  const dialog = page.getByRole("dialog");
  for (const text of ["Refunds go to the card they came from.", "The board meets every first Tuesday."]) {
    await page.getByRole("button", { name: "Remember …" }).click();
    await dialog.getByLabel("Text").fill(text);
    await dialog.getByLabel("Where it comes from").fill("mail of 3 May");
    await dialog.getByLabel("Metadata").fill('{"topic":"rules"}');
    await dialog.getByRole("button", { name: "Remember" }).click();
    await dialog.waitFor({ state: "detached" });
    await page.getByText(text).waitFor();
  }
  await page.getByText("2 items").waitFor();
  await view.everyLook("memory");
  await view.keys("/");
  await page.keyboard.type("who gets refunds");
  await view.keys("Enter");
  await page.getByText(/^2 passages|^1 passage/).waitFor();
  expect(await page.getByRole("article").first().textContent()).toContain("Refunds go to the card");
  await page.getByText("from mail of 3 May").first().waitFor();
  await view.everyLook("memory-search");
  await page.getByRole("button", { name: "Clear" }).click();
  await page.getByRole("article").filter({ hasText: "Refunds" }).getByRole("button", { name: "Forget this" }).click();
  await view.axe("forgetting");
  await dialog.getByRole("button", { name: "Forget", exact: true }).click();
  await page.getByText("Refunds go to the card").waitFor({ state: "detached" });
  expect(view.problems).toEqual([]);
});

test("metadata that is no object is refused at its place, and what cannot be read says why", async () => {
  const { page } = view;
  await view.open("/memory?agent=docs-rag");
  await page.getByRole("button", { name: "Remember …" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Text").fill("x");
  await dialog.getByLabel("Metadata").fill("[1]");
  await dialog.getByRole("button", { name: "Remember" }).click();
  await dialog.getByText("It is not a JSON object.").waitFor();
  await view.axe("refused metadata");
  await view.keys("Escape");
  await view.breaks("/v1/memory/docs-rag/items");
  await view.open("/memory?agent=docs-rag");
  await page.getByRole("alert").getByText("Broken by a test.").waitFor();
  await view.axe("memory that failed");
  await view.mend();
  expect(view.problems).toEqual([]);
});
