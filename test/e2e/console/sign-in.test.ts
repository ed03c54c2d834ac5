import { afterAll, beforeAll, expect, test } from "vitest";
import { ConsoleBrowser } from "./harness.ts";

let view: ConsoleBrowser;

beforeAll(async () => {
  view = await ConsoleBrowser.start({ signedIn: false });
});
afterAll(async () => await view[Symbol.asyncDispose]());

test("asks for a credential, refuses a wrong one, and shows what was asked for after the right one", async () => {
  const { page } = view;
  await view.open("/settings");
  await page.getByRole("heading", { name: "Sign in to Berth" }).waitFor();
  await view.everyLook("sign-in");
  await view.keys("Tab");
  await page.getByLabel("API key").fill("berth_sk_wrong");
  await view.keys("Enter");
  await page.getByRole("alert").getByText("The credential is not valid.").waitFor();
  await view.everyLook("sign-in-refused");
  await page.getByLabel("API key").fill(view.platform.token);
  await view.keys("Enter");
  await page.getByRole("heading", { name: "Settings", level: 1 }).waitFor();
  expect(view.problems).toEqual([]);
});

test("is served with a policy that lets no foreign or inline code run, and cannot be framed", async () => {
  const response = await fetch(`${view.platform.url}/`);
  const policy = response.headers.get("content-security-policy") ?? "";
  expect(policy).toContain("default-src 'self'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).toContain("require-trusted-types-for 'script'");
  expect(policy).not.toContain("unsafe-");
  expect(response.headers.get("x-content-type-options")).toBe("nosniff");
});
