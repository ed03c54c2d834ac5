import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { deployFolder, temporaryFolder, waitFor } from "@berth/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ConsoleBrowser, example } from "./harness.ts";

const folder = temporaryFolder();
let view: ConsoleBrowser;

beforeAll(async () => {
  view = await ConsoleBrowser.start();
});
afterAll(async () => {
  await view[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

async function say(agent: string, text: string): Promise<void> {
  await view.page.getByLabel(`Message to ${agent}`).fill(text);
  await view.keys("Enter");
}

test("without an agent says how to get one; then talks to it by keys alone, in markdown", async () => {
  const { page } = view;
  await view.open("/chat");
  await page.getByText("There is no agent to talk to").waitFor();
  await view.everyLook("chat-no-agent");
  await deployFolder(view.platform, example("echo"));
  await view.open("/chat?agent=echo");
  await page.getByText("Talk to echo").waitFor();
  await view.everyLook("chat-empty");
  await view.keys("/");
  await page.keyboard.type("A **bold** word and `code`");
  await view.keys("Enter");
  await page.getByRole("article").getByText("completed").waitFor();
  expect(await page.getByRole("article").getByText("bold").count()).toBe(2);
  await page.getByRole("article").getByRole("link", { name: "Receipt" }).waitFor();
  await page.waitForURL(/context=ctx_/);
  await page.locator('nav button[aria-current="true"]').getByText("bold").waitFor();
  await view.everyLook("chat");
  await page.reload();
  await page.getByRole("article").getByText("completed").waitFor();
  expect(view.problems).toEqual([]);
});

test("what an agent says is text: no markup runs, no picture loads, no address is followed", async () => {
  const { page } = view;
  await view.open("/chat?agent=echo");
  await say(
    "echo",
    '<img src=x onerror="document.title=1"><script>document.title=2</script> ![p](https://evil.example/p.png) [go](javascript:alert(1)) [out](https://evil.example/)',
  );
  await page.getByRole("article").getByText("completed").waitFor();
  await page.getByText("not loaded: https://evil.example/p.png").first().waitFor();
  expect(await page.title()).toBe("Chat · Berth");
  expect(await page.locator("main img").count()).toBe(0);
  const links = page.getByRole("article").getByRole("link", { name: /evil\.example/ });
  expect(await links.first().getAttribute("rel")).toContain("noreferrer");
  expect(await page.locator('main a[href^="javascript"]').count()).toBe(0);
  expect(view.problems).toEqual([]);
});

test("a skill has its form, a question its answer, and a changed message becomes another conversation", async () => {
  const { page } = view;
  await view.open("/chat?agent=echo&skill=ask");
  await page.getByLabel("question").fill("Which file?");
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.getByRole("article").getByText("input required").waitFor();
  await view.everyLook("chat-question");
  await page.getByLabel("Your answer").fill("sales.csv");
  await page.getByRole("button", { name: "Answer" }).click();
  await page.getByRole("article").getByText("completed").waitFor();
  await page.getByRole("article").getByText('"answer": "sales.csv"').waitFor();
  const before = page.url();
  await page.getByRole("button", { name: "Change and send as a new conversation" }).click();
  await page.getByText("An earlier message, to be changed").waitFor();
  await page.getByLabel("question").fill("Which folder?");
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.getByRole("article").getByText("Which folder?").first().waitFor();
  await page.waitForFunction((url) => location.href !== url && location.hash.includes("context="), before);
  expect(await page.getByRole("article").count()).toBe(1);
  expect(view.problems).toEqual([]);
});

test("an artifact grows beside the talk, the task is stopped, and a broken stream loses nothing", async () => {
  const { page } = view;
  await view.open("/chat?agent=echo&skill=stream");
  await page.getByLabel("count").fill("40");
  await page.getByLabel("delayMs").fill("20");
  // The stream breaks in the middle of an event: it is taken up where it was.
  await page.route(/message:stream/, async (route) => {
    const answer = await route.fetch();
    const text = await answer.text();
    await route.fulfill({ response: answer, body: text.slice(0, text.length / 2) });
  });
  const resumed = page.waitForRequest(/\/sse\/task_\w+\?after=\d+$/);
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await resumed;
  await view.mend();
  await page.getByRole("button", { name: "Open chunks.txt beside the conversation" }).click();
  const beside = page.getByRole("region", { name: "Content of chunks.txt" });
  await beside.getByText("chunk 40").waitFor();
  const lines = ((await beside.textContent()) ?? "").match(/chunk \d+/g) ?? [];
  expect(lines).toEqual(Array.from({ length: 40 }, (_, at) => `chunk ${at + 1}`));
  await view.everyLook("chat-artifact");
  await page.getByRole("button", { name: "Close the artifact" }).click();
  await view.open("/chat?agent=echo&skill=hang");
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByRole("article").getByText("canceled").waitFor();
  expect(view.problems).toEqual([]);
});

test("files are attached within a bound, and two versions answer side by side", async () => {
  const { page } = view;
  const small = join(folder.path, "note.txt");
  writeFileSync(small, "hello");
  const large = join(folder.path, "large.bin");
  writeFileSync(large, new Uint8Array(7 * 1_048_576));
  await view.open("/chat?agent=echo");
  await page.getByLabel("Files to attach").setInputFiles(large);
  await page.getByText("A message takes 6 MiB of files from here.").waitFor();
  await page.getByLabel("Files to attach").setInputFiles(small);
  await page.getByRole("list", { name: "Files" }).getByText("note.txt").waitFor();
  await view.axe("a message with a file");
  await page.getByRole("button", { name: "Take note.txt out" }).click();
  await page.getByRole("button", { name: "Compare two" }).click();
  await say("echo", "to both");
  await waitFor(
    "both answers",
    async () => (await page.getByRole("article").getByText("completed").count()) === 2,
    20_000,
  );
  await view.everyLook("chat-two-versions");
  expect(view.problems).toEqual([]);
});

test("what is refused says why, and is sent again on request", async () => {
  const { page } = view;
  await view.open("/chat?agent=echo");
  await view.breaks(/message:stream/, "is away");
  await say("echo", "lost");
  await page.getByRole("article").getByRole("alert").getByText("The platform cannot be reached.").waitFor();
  await view.axe("a message that was not sent");
  await view.mend();
  await page.getByRole("article").getByRole("button", { name: "Try again" }).click();
  await page.getByRole("article").getByText("completed").waitFor();
  await view.breaks("/v1/agents");
  await view.open("/chat");
  await page.getByRole("alert").getByText("Broken by a test.").waitFor();
  await view.mend();
});
