import { createHmac } from "node:crypto";
import { deployFolder } from "@berth/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ConsoleBrowser, example } from "./harness.ts";

let view: ConsoleBrowser;

beforeAll(async () => {
  view = await ConsoleBrowser.start({ signedIn: false });
});
afterAll(async () => await view?.[Symbol.asyncDispose]());

const SECTIONS = [
  "keys",
  "people",
  "secrets",
  "clients",
  "issuers",
  "telemetry",
  "models",
  "limits",
  "exports",
  "sessions",
  "system",
];

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

test("every section is whole in light and dark, on a desk and a phone", { timeout: 180_000 }, async () => {
  for (const section of SECTIONS) {
    await view.open(`/settings?section=${section}`);
    await view.everyLook(`settings-${section}`);
  }
  expect(view.problems).toEqual([]);
});

test("a key is made with the keyboard alone, shown once and revoked", async () => {
  const { page, platform } = view;
  await view.open("/settings");
  await view.tabTo('button:has-text("Create key")');
  await view.keys("Enter");
  const dialog = page.getByRole("dialog", { name: "Create key" });
  await dialog.getByLabel("Name").fill("ci");
  await view.axe("the form of a key");
  await view.keys("Control+Enter");
  const key = (await dialog.getByLabel("API key", { exact: true }).textContent()) ?? "";
  expect((await fetch(`${platform.url}/v1/whoami`, { headers: { authorization: `Bearer ${key}` } })).status).toBe(200);
  await view.axe("a key that is shown");
  await view.keys("Escape");
  await page.getByRole("table", { name: "API keys" }).getByText("ci", { exact: true }).waitFor();
  expect(await page.content()).not.toContain(key);
  await page.getByRole("button", { name: "Revoke ci" }).click();
  await page.getByRole("dialog", { name: "Revoke ci" }).getByRole("button", { name: "Revoke" }).click();
  await page.getByText("revoked", { exact: true }).waitFor();
  expect((await fetch(`${platform.url}/v1/whoami`, { headers: { authorization: `Bearer ${key}` } })).status).toBe(401);
  expect(view.problems).toEqual([]);
});

test("a form says at each place what does not fit", async () => {
  const { page } = view;
  await view.open("/settings");
  await page.getByRole("button", { name: "Create key" }).click();
  const dialog = page.getByRole("dialog", { name: "Create key" });
  await dialog.getByLabel("invoke").uncheck();
  await dialog.getByLabel("Days until it expires (optional)").fill("soon");
  await dialog.getByRole("button", { name: "Create key" }).click();
  await dialog.getByText("This is needed.").waitFor();
  await dialog.getByText("This is no integer.").waitFor();
  await dialog.getByText("This is too few items.").waitFor();
  await view.axe("a form with problems");
  expect(view.problems).toEqual([]);
});

test("a secret goes in and comes out nowhere", async () => {
  const { page } = view;
  await view.open("/settings?section=secrets");
  await page.getByRole("button", { name: "Set secret" }).click();
  const dialog = page.getByRole("dialog", { name: "Set secret" });
  await dialog.getByLabel("Name").fill("MODEL_KEY");
  await dialog.getByLabel("Value").fill("very-secret-value");
  await dialog.getByRole("button", { name: "Set secret" }).click();
  await page.getByRole("table", { name: "Secrets" }).getByText("MODEL_KEY").waitFor();
  expect(await page.content()).not.toContain("very-secret-value");
  await view.everyLook("settings-secrets-full");
  expect(view.problems).toEqual([]);
});

test("a person is added with a code, gets another role, and is shut out", async () => {
  const { page } = view;
  await view.open("/settings?section=people");
  await page.getByRole("button", { name: "Add person" }).click();
  const dialog = page.getByRole("dialog", { name: "Add person" });
  await dialog.getByLabel("Email").fill("ada@example.com");
  await dialog.getByRole("button", { name: "Add person" }).click();
  await dialog.getByLabel("Sign-in code", { exact: true }).waitFor();
  await view.keys("Escape");
  await page.getByLabel("Role of ada@example.com").selectOption("viewer");
  await page.getByRole("button", { name: "Disable ada@example.com" }).click();
  await page.getByRole("button", { name: "Enable ada@example.com" }).waitFor();
  await view.everyLook("settings-people-full");
  expect(view.problems).toEqual([]);
});

test("from an ingest token to the first span that is seen", async () => {
  const { page, platform } = view;
  await view.open("/settings?section=telemetry");
  await page.getByRole("button", { name: "Make an ingest token" }).click();
  await page.getByText("Waiting for the first span").waitFor();
  const lines = (await page.getByLabel("Environment variables").textContent()) ?? "";
  const endpoint = /ENDPOINT=(\S+)/.exec(lines)?.[1] ?? "";
  const token = /Bearer ([^"]+)"/.exec(lines)?.[1] ?? "";
  expect(endpoint.startsWith(platform.url)).toBe(true);
  const now = BigInt(Date.now()) * 1_000_000n;
  const span = {
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: "b7ad6b7169203331",
    name: "plan the trip",
    kind: 1,
    startTimeUnixNano: String(now),
    endTimeUnixNano: String(now + 5_000_000n),
  };
  const resource = { attributes: [{ key: "service.name", value: { stringValue: "planner" } }] };
  const sent = await fetch(`${endpoint}/v1/traces`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] }),
  });
  expect(sent.status, await sent.text()).toBe(200);
  await page.getByText("First span seen:").waitFor();
  await page.getByRole("link", { name: "plan the trip" }).waitFor();
  await view.axe("the first span");
  expect(view.problems).toEqual([]);
});

test("a limit, a model and a destination are set and removed", async () => {
  const { page } = view;
  await view.open("/settings?section=limits");
  await page.getByRole("button", { name: "Set limit" }).click();
  await page.getByLabel("Limits", { exact: true }).selectOption({ label: "organization" });
  await page.getByLabel("Calls per minute (optional)").fill("600");
  await page.getByRole("dialog").getByRole("button", { name: "Set limit" }).click();
  await page.getByText("callsPerMinute 600").waitFor();
  await view.open("/settings?section=models");
  await page.getByRole("button", { name: "Add alias" }).waitFor();
  await page.getByRole("button", { name: "Add provider" }).click();
  const provider = page.getByRole("dialog", { name: "Add provider" });
  await provider.getByLabel("Name", { exact: true }).fill("local");
  await provider.getByLabel("Speaks as").selectOption({ label: "ollama" });
  await provider.getByLabel("Address (optional)").fill("http://localhost:11434/v1");
  await provider.getByRole("button", { name: "Add to Models" }).click();
  await provider.getByLabel("Model", { exact: true }).fill("llama3.2");
  await provider.getByRole("button", { name: "Add provider" }).click();
  await page.getByRole("table", { name: "Model providers" }).getByText("llama3.2").waitFor();
  await view.open("/settings?section=telemetry");
  await page.getByRole("button", { name: "Add destination" }).click();
  const destination = page.getByRole("dialog", { name: "Add destination" });
  await destination.getByLabel("Name").fill("mine");
  await destination.getByLabel("Address").fill("https://otlp.example.com");
  await destination.getByRole("button", { name: "Add destination" }).click();
  await page.getByRole("button", { name: "Test mine" }).waitFor();
  await view.everyLook("settings-telemetry-full");
  await page.getByRole("button", { name: "Remove mine" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await page.getByText("Telemetry stays here").waitFor();
  expect(view.problems).toEqual([]);
});

test("a webhook is made with its secret shown once, starts a skill when it is called, and no more when it is removed", async () => {
  const { page, platform } = view;
  await view.open("/settings?section=webhooks");
  await page.getByText("There is no agent that could be started").waitFor();
  await deployFolder(platform, example("echo"));
  await view.open("/settings?section=webhooks");
  await page.getByText("npx a2a webhooks create echo").waitFor();
  await page.getByRole("button", { name: "Create webhook" }).click();
  const dialog = page.getByRole("dialog", { name: "Create webhook" });
  await dialog.getByLabel("Skill").selectOption({ label: "echo" });
  await dialog.getByLabel("Kind").selectOption({ label: "hmac" });
  await view.axe("the form of a webhook");
  await dialog.getByRole("button", { name: "Create webhook" }).click();
  const secret = (await dialog.getByLabel("Webhook's secret", { exact: true }).textContent()) ?? "";
  await view.keys("Escape");
  const address = (await page.getByRole("table", { name: "Webhooks" }).getByText("/hooks/").textContent()) ?? "";
  expect(await page.content()).not.toContain(secret);
  const body = JSON.stringify({ text: "from outside" });
  const deliver = async (): Promise<Response> =>
    await platform.fetch(new URL(address).pathname, {
      method: "POST",
      body,
      headers: {
        "content-type": "application/json",
        "x-signature-256": createHmac("sha256", secret).update(body).digest("hex"),
      },
    });
  const { taskId } = (await (await deliver()).json()) as { readonly taskId: string };
  // The same delivery again is the same task.
  expect(await (await deliver()).json()).toEqual({ taskId });
  await view.everyLook("settings-webhooks-full");
  await page.getByRole("link", { name: "Tasks of its caller" }).click();
  await page.getByRole("heading", { name: "Tasks", level: 1 }).waitFor();
  await page.locator("[data-row]").first().waitFor();
  expect(await page.locator("[data-row]").count()).toBe(1);
  await page.goBack();
  await page.getByRole("button", { name: /^Remove hook_/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await page.getByText("No webhooks yet").waitFor();
  expect((await deliver()).status).toBe(404);
  expect(view.problems).toEqual([]);
});

test("what is refused says so", async () => {
  const { page } = view;
  await view.breaks("/v1/keys");
  await view.open("/settings");
  await page.getByRole("alert").getByText("Broken by a test.").waitFor({ timeout: 20_000 });
  await view.everyLook("settings-failed");
  await view.mend();
  expect(view.problems).toEqual([]);
});
