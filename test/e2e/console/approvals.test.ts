import { deployFolder, waitFor } from "@berth/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ConsoleBrowser, example } from "./harness.ts";

let view: ConsoleBrowser;
let caller: string;

beforeAll(async () => {
  view = await ConsoleBrowser.start();
  await deployFolder(view.platform, example("csv-analyst"));
  for (const name of ["payroll", "bonus", "contracts"]) {
    await view.platform.fetch(`/v1/workspace/files/private/${name}.csv`, {
      method: "PUT",
      body: "name,amount\na,1\nb,2\n",
    });
  }
  const made = await view.platform.fetch("/v1/keys", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "caller", scopes: ["invoke", "approve", "read"] }),
  });
  ({ key: caller } = (await made.json()) as { readonly key: string });
});
afterAll(async () => await view[Symbol.asyncDispose]());

/** A run of somebody else's that asks to read a file its grant does not have; answers its task. */
async function ask(name: string): Promise<string> {
  const started = await view.platform.fetch("/agents/csv-analyst/invoke/summarize", {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${caller}`, prefer: "respond-async" },
    body: JSON.stringify({ path: `private/${name}.csv`, column: "amount" }),
  });
  const { taskId } = (await started.json()) as { readonly taskId: string };
  await waitFor("the request", async () => (await stateOf(taskId)) === "TASK_STATE_AUTH_REQUIRED", 20_000);
  return taskId;
}

async function stateOf(taskId: string): Promise<string> {
  const { task } = (await (await view.platform.fetch(`/v1/tasks/${taskId}`)).json()) as {
    readonly task: { readonly status: { readonly state: string } };
  };
  return task.status.state;
}

test("a run asks for a file, somebody else approves it by keys alone, and the run ends", async () => {
  const { page } = view;
  await view.open("/approvals");
  await page.getByText("Nothing waits for a decision").waitFor();
  await view.everyLook("approvals-empty");
  const [first, second] = [await ask("payroll"), await ask("bonus")];
  await page.getByRole("heading", { name: "Approvals (2)" }).waitFor();
  expect(await page.title()).toBe("Approvals (2) · Berth");
  await page.getByText("read private/bonus.csv").waitFor();
  await page.getByText("1 file, 20 B").waitFor();
  await page.getByText("new", { exact: true }).waitFor();
  await page.getByText("read *.csv", { exact: true }).waitFor();
  await view.everyLook("approvals");

  await view.keys("j", "k", "j");
  await page.getByText("read private/payroll.csv").waitFor();
  await view.keys("a");
  await page.getByRole("dialog").getByText("read private/payroll.csv").waitFor();
  await view.axe("the approval's dialog");
  await view.shot("approvals-dialog");
  await view.keys("Enter");
  await page.getByText("csv-analyst: approved. The run goes on.").waitFor();
  await waitFor("the end", async () => (await stateOf(first)) === "TASK_STATE_COMPLETED", 20_000);

  await view.keys("d");
  await page.getByRole("dialog").getByLabel("Note").fill("not this quarter");
  await page.getByRole("dialog").getByRole("button", { name: "Deny", exact: true }).press("Enter");
  await page.getByText("csv-analyst: denied. The run goes on.").waitFor();
  await waitFor("the end", async () => (await stateOf(second)) === "TASK_STATE_FAILED", 20_000);
  expect(view.problems).toEqual([]);
});

test("what was decided is signed, and the signature is verified in the browser", async () => {
  const { page } = view;
  await view.open("/approvals?state=approved");
  await page.getByText("signature verified here").waitFor();
  await page.getByText("What is signed").click();
  await page.getByText('"state": "approved"').waitFor();
  await view.axe("a decision");
  await view.shot("approvals-decided");
  expect(view.problems).toEqual([]);
});

test("less than was asked for can be approved, and never more", async () => {
  const { page } = view;
  await ask("contracts");
  await view.open("/approvals");
  await page.getByText("read private/contracts.csv").waitFor();
  await view.keys("n");
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("May read").fill("private/**");
  await dialog.getByText("private/** is more than was asked for.").waitFor();
  expect(await dialog.getByRole("button", { name: "Approve less" }).isDisabled()).toBe(true);
  await view.axe("a narrowing that is none");
  await dialog.getByLabel("May read").fill("private/contracts.csv");
  await dialog.getByLabel("For how long").selectOption("once");
  await dialog.getByRole("button", { name: "Approve less" }).click();
  await page.getByText("csv-analyst: approved. The run goes on.").waitFor();
  expect(view.problems).toEqual([]);
});

test("whoever made the call is told why it is not theirs to decide", async () => {
  const { page } = view;
  const task = await ask("payroll");
  await view.signIn(caller);
  await view.open("/approvals");
  await page.getByText("You may not decide this one.").waitFor();
  expect(await page.getByRole("button", { name: /^Approve/ }).count()).toBe(0);
  await view.signIn();
  await view.platform.fetch(`/v1/tasks/${task}/cancel`, { method: "POST" });
});

test("rules are made and removed, and what cannot be read says why", async () => {
  const { page } = view;
  await view.open("/approvals?tab=rules");
  await page.getByText("No rules: a person decides everything").waitFor();
  await page.getByRole("button", { name: "New rule" }).click();
  await page.getByLabel("May read (globs)").fill("public/**");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByRole("cell", { name: "public/**", exact: true }).waitFor();
  await view.axe("the rules");
  await view.shot("approvals-rules");
  await page.getByRole("button", { name: "Remove the rule for public/**" }).click();
  await page.getByText("No rules: a person decides everything").waitFor();
  await view.breaks("/v1/approvals");
  await view.open("/approvals");
  await page.getByRole("alert").getByText("Broken by a test.").first().waitFor();
  await view.axe("approvals that failed");
  await view.mend();
  expect(view.problems).toEqual([]);
});
