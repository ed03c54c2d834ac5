import { fileURLToPath } from "node:url";
import { PlatformProcess, deployFolder, temporaryFolder, waitFor } from "@berth/testing";
import { chromium } from "playwright-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";

// The console in a real browser. Set BERTH_SCREENSHOTS to a folder to look at what it shows.

const ECHO = fileURLToPath(new URL("../../examples/echo", import.meta.url));
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const folder = temporaryFolder();
let platform: PlatformProcess;
let browser: Browser;
let page: Page;
const problems: string[] = [];

beforeAll(async () => {
  platform = await PlatformProcess.start({ home: `${folder.path}/home` });
  await deployFolder(platform, ECHO, { name: "echo" });
  browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: FLAGS });
  page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => {
    // The browser reports every 401 by itself; the console answers it with the sign-in form.
    if (message.type() === "error" && !message.text().includes("401")) problems.push(message.text());
  });
});

afterAll(async () => {
  await browser.close();
  await platform.stop();
  folder[Symbol.dispose]();
});

async function screenshot(name: string): Promise<void> {
  const into = process.env["BERTH_SCREENSHOTS"];
  if (into !== undefined) await page.screenshot({ path: `${into}/${name}.png` });
}

test("signs in, calls a skill from its form, and shows the task, its log and its receipt", async () => {
  await page.goto(`${platform.url}/#tasks`);
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.getByLabel("API key").fill("berth_sk_wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("The credential is not valid.").waitFor();
  await page.getByLabel("API key").fill(platform.token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Agents" }).waitFor();
  await page.getByRole("link", { name: "echo" }).click();
  await page.getByLabel("input of echo").fill('{"text":"from the console"}');
  await screenshot("agent");
  await page.getByRole("button", { name: "Call" }).first().click();
  await page.getByText('"text": "from the console"').first().waitFor();

  await page.getByRole("link", { name: "Tasks" }).click();
  await page.locator("td a").first().click();
  await page.getByRole("heading", { name: "Log" }).waitFor();
  await page.getByText("completed").first().waitFor();
  await screenshot("task");

  const listed = async (): Promise<boolean> => {
    await page.goto(`${platform.url}/#system`);
    await page.getByRole("link", { name: "Receipts" }).click();
    await page.getByRole("heading", { name: "Receipts" }).waitFor();
    return (await page.locator("td a").count()) > 0;
  };
  await waitFor("the receipt to be listed", listed);
  await page.locator("td a").first().click();
  await page.getByText("https://berth.dev/run-receipt/v1").first().waitFor();
  await screenshot("receipt");
  await page.getByRole("link", { name: "System" }).click();
  await page.getByText("embedded postgresql").waitFor();
  await screenshot("system");
  expect(problems).toEqual([]);
});

test("shows what an agent says as text, never as markup", async () => {
  const hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
  await page.goto(`${platform.url}/#agents/echo`);
  await page.getByLabel("input of echo").fill(JSON.stringify({ text: hostile }));
  await page.getByRole("button", { name: "Call" }).first().click();
  await page.getByText("<script>").first().waitFor();
  expect(await page.title()).toBe("Berth");
  expect(await page.locator("main img").count()).toBe(0);
  expect(problems).toEqual([]);
});

test("is served with a policy that lets no foreign or inline code run, and cannot be framed", async () => {
  const response = await fetch(`${platform.url}/`);
  const policy = response.headers.get("content-security-policy") ?? "";
  expect(policy).toContain("default-src 'self'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toContain("unsafe-");
  expect(response.headers.get("x-content-type-options")).toBe("nosniff");
});
