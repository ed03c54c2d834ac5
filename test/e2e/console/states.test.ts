import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ConsoleBrowser } from "./harness.ts";

// Every screen without anything to show, while it waits, and when the platform fails; each in light and dark. What they look
// like when they are full is in each screen's own test.

let view: ConsoleBrowser;

beforeAll(async () => {
  view = await ConsoleBrowser.start();
});
afterAll(async () => await view?.[Symbol.asyncDispose]());

const UNKNOWN_TASK = "task_01m00000000000000000000000";
const SCREENS = [
  "/",
  "/agents",
  "/agents/nobody",
  "/deployments",
  "/deployments/new",
  "/deployments/dep_01m00000000000000000000000",
  "/tasks",
  `/tasks/${UNKNOWN_TASK}`,
  "/chat",
  "/traces",
  `/traces/${"a".repeat(32)}`,
  "/logs",
  "/approvals",
  "/receipts",
  "/receipts/rcpt_01m00000000000000000000000",
  "/files",
  "/memory",
  "/evals",
  "/usage",
  "/settings",
  "/no-such-screen",
] as const;
/** What the screens ask for; who is signed in is known. */
const API = /^\/(v1|ledger|agents)\/(?!whoami)/;

async function inBothThemes(screen: string, state: string): Promise<void> {
  const name = `${screen === "/" ? "home" : screen.slice(1).replaceAll("/", "-").slice(0, 40)}-${state}`;
  for (const colorScheme of ["light", "dark"] as const) {
    await view.page.emulateMedia({ colorScheme });
    await view.page.evaluate(async () => await new Promise((drawn) => requestAnimationFrame(drawn)));
    await view.shot(`${name}-${colorScheme}`);
    await view.axe(`${name}, ${colorScheme}`);
  }
  await view.page.emulateMedia({ colorScheme: "light" });
}

describe.each(SCREENS)("%s", (screen) => {
  test("is accessible with nothing to show, while it waits, and when the platform fails", async () => {
    await view.open(screen);
    await inBothThemes(screen, "empty");

    await view.breaks(API);
    await view.open(screen);
    await inBothThemes(screen, "error");
    await view.mend();

    await view.hangs(API);
    await view.page.goto("about:blank");
    await view.page.goto(`${view.platform.url}/#${screen}`);
    await view.page.locator("main h1, main [role=status], main p").first().waitFor();
    await inBothThemes(screen, "loading");
    await view.mend();
    expect(view.problems.splice(0)).toEqual([]);
  });
});
