import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deployFolder, temporaryFolder } from "@berth/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ConsoleBrowser, example } from "./harness.ts";

let view: ConsoleBrowser;

beforeAll(async () => {
  view = await ConsoleBrowser.start();
  await deployFolder(view.platform, example("echo"));
  await deployFolder(view.platform, example("csv-analyst"));
});
afterAll(async () => await view?.[Symbol.asyncDispose]());

test("a card's signature is checked in the browser, and a changed card is found out", async () => {
  const { page } = view;
  await view.open("/agents/echo?tab=card");
  await page.getByText("verified", { exact: true }).waitFor();
  await page.getByText("Checked by").waitFor();
  await view.everyLook("agent-card");
  await page.route(
    (url) => url.pathname === "/v1/agents/echo/card",
    async (route) => {
      const response = await route.fetch();
      await route.fulfill({
        response,
        body: (await response.text()).replace('"version":"1.0.0"', '"version":"6.6.6"'),
      });
    },
  );
  await view.open("/agents/echo?tab=card");
  await page.getByText("not verified", { exact: true }).waitFor();
  await view.mend();
  expect(view.problems).toEqual([]);
});

test("releases are compared, split, promoted and taken back", async () => {
  const { page, platform } = view;
  using folder = temporaryFolder();
  const copy = join(folder.path, "echo");
  cpSync(example("echo"), copy, { recursive: true });
  const skills = join(copy, "src/plain-skills.ts");
  writeFileSync(
    skills,
    readFileSync(skills, "utf8").replace(
      "z.object({ text: z.string() })",
      "z.object({ text: z.string(), loud: z.boolean() })",
    ),
  );
  await deployFolder(platform, copy, { name: "echo" });
  await view.open("/agents/echo?tab=releases");
  await page.getByText("skill echo: input /loud").waitFor();
  await view.everyLook("agent-releases");
  await page.getByRole("button", { name: "Swap the two" }).click();
  await page
    .getByText("no breaking change")
    .or(page.getByText(/\d breaking/))
    .waitFor();
  await page.getByRole("button", { name: "Split" }).click();
  const dialog = page.getByRole("dialog");
  const fields = dialog.getByRole("textbox");
  await fields.nth(0).fill("70");
  await dialog.getByText("it has to be 100%").waitFor();
  await fields.nth(1).fill("30");
  await dialog.getByRole("button", { name: "Split" }).click();
  await page.getByText("70%").first().waitFor();
  await page
    .getByRole("button", { name: /^Promote / })
    .first()
    .click();
  await page.getByText("gets everything").waitFor();
  await page.getByRole("button", { name: "Roll back" }).click();
  await page.getByText("Moved.").waitFor();
  await view.open("/agents/echo?tab=distribution");
  await page.getByRole("heading", { name: "Provenance" }).waitFor();
  await page.getByText("verified", { exact: true }).waitFor();
  await page.getByRole("searchbox", { name: "Find a package" }).fill("zod");
  await page.getByText(/^1 of \d+/).waitFor();
  await page.getByRole("button", { name: "Ask its doors" }).click();
  await page.getByText("Its doors were asked").waitFor();
  await page.getByText("get unknown task").first().waitFor();
  await view.everyLook("agent-distribution");
  expect(view.problems).toEqual([]);
});

test("its overview, health and policy are whole, and removing it asks for its name", async () => {
  const { page } = view;
  for (const tab of ["overview", "health", "policy"]) {
    await view.open(`/agents/csv-analyst?tab=${tab}`);
    await view.everyLook(`agent-${tab}`);
  }
  await page.getByRole("button", { name: "Remove" }).click();
  const dialog = page.getByRole("dialog", { name: "Remove csv-analyst" });
  expect(await dialog.getByRole("button", { name: "Remove the agent" }).isDisabled()).toBe(true);
  await view.axe("the question before removing");
  await dialog.getByLabel("Type csv-analyst to go on").fill("csv-analyst");
  await view.keys("Enter");
  await page.getByRole("heading", { name: "Agents", level: 1 }).waitFor();
  await page.getByRole("link", { name: "csv-analyst" }).waitFor({ state: "detached" });
  expect(view.problems).toEqual([]);
});
