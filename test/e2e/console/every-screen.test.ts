import { temporaryFolder } from "@berth/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fillPlatform } from "./full-platform.ts";
import type { FullPlatform } from "./full-platform.ts";
import { ConsoleBrowser } from "./harness.ts";
import { FLOWS } from "./keyboard-flows.ts";
import { KeyboardHands } from "./keyboard-hands.ts";
import { MORE_FLOWS } from "./keyboard-more-flows.ts";
import { walkByTab } from "./tab-walk.ts";

// What holds for every screen, on one platform, first empty and then full. What each looks like in light and dark when it is full is in its own test.

const folder = temporaryFolder();
let view: ConsoleBrowser;

beforeAll(async () => {
  view = await ConsoleBrowser.start();
});
afterAll(async () => {
  await view?.[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const EMPTY = [
  "/",
  "/agents",
  "/agents/nobody",
  "/deployments",
  "/deployments/new",
  "/deployments/dep_01m00000000000000000000000",
  "/tasks",
  "/tasks/task_01m00000000000000000000000",
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
/** They ask the platform for nothing that they could not do without. */
const UNTROUBLED: ReadonlySet<string> = new Set(["/deployments/new", "/no-such-screen"]);
/** What the screens ask for; who is signed in is known. */
const API = /^\/(v1|ledger|agents)\/(?!whoami)/;

const FULL: readonly ((of: FullPlatform) => string)[] = [
  () => "/",
  () => "/agents",
  () => "/agents/echo",
  () => "/agents/echo?tab=skills&skill=echo",
  () => "/deployments",
  () => "/deployments/new",
  ({ deploymentId }) => `/deployments/${deploymentId}`,
  () => "/tasks",
  ({ taskId }) => `/tasks/${taskId}`,
  ({ taskId }) => `/tasks/${taskId}?tab=clock`,
  () => "/chat?agent=echo",
  () => "/traces",
  ({ traces }) => `/traces/${traces[1]}`,
  ({ traces }) => `/traces/${traces[1]}?view=flame`,
  () => "/logs",
  () => "/approvals",
  () => "/receipts",
  ({ receiptId }) => `/receipts/${receiptId}`,
  () => "/files",
  () => "/memory?agent=csv-analyst",
  () => "/evals?agent=csv-analyst",
  () => "/usage",
  () => "/settings",
  () => "/no-such-screen",
];

function pictureOf(screen: string): string {
  const name = screen.slice(1).replaceAll(/_\w{20,}/g, "");
  return name === "" ? "home" : name.replaceAll(/\W+/g, "-").slice(0, 40);
}

async function inBothThemes(screen: string, state: string): Promise<void> {
  const name = `${pictureOf(screen)}-${state}`;
  for (const colorScheme of ["light", "dark"] as const) {
    await view.page.emulateMedia({ colorScheme });
    await view.page.evaluate(async () => await new Promise((drawn) => requestAnimationFrame(drawn)));
    await view.shot(`${name}-${colorScheme}`);
    await view.axe(`${name}, ${colorScheme}`);
  }
  await view.page.emulateMedia({ colorScheme: "light" });
}

describe.each(EMPTY)("%s", (screen) => {
  test("is accessible while it waits, when the platform fails, and with nothing to show", async () => {
    await view.hangs(API);
    await view.load(screen);
    await view.page.locator("main h1, main [role=status], main p").first().waitFor();
    await inBothThemes(screen, "loading");

    await view.breaks(API);
    if (!UNTROUBLED.has(screen)) await view.page.locator("main [role=alert]").first().waitFor();
    await view.settle();
    await inBothThemes(screen, "error");
    await view.mend();

    await view.open(screen);
    await inBothThemes(screen, "empty");
    expect(view.problems.splice(0)).toEqual([]);
  });
});

describe("with something of everything", () => {
  let full: FullPlatform;
  let hands: KeyboardHands;
  beforeAll(async () => {
    full = await fillPlatform(view);
  });

  test(
    "Tab goes through every screen and comes out of it, and where it is is seen; in forced colours too it is whole",
    { timeout: 240_000 },
    async () => {
      const problems: string[] = [];
      for (const screen of FULL.map((of) => of(full))) {
        await view.open(screen);
        await view.page.emulateMedia({ forcedColors: "active", colorScheme: "dark" });
        await view.shot(`forced-${pictureOf(screen)}`);
        await view.axe(`${screen} in forced colours`);
        await view.page.emulateMedia({ forcedColors: "none", colorScheme: "light" });
        await view.settle();
        const found = await walkByTab(view, screen === "/" ? "the menu" : "the content");
        problems.push(...found.map((problem) => `${screen}: ${problem}`));
      }
      expect(problems).toEqual([]);
      expect(view.problems).toEqual([]);
    },
  );

  describe("by keys alone", () => {
    beforeAll(async () => {
      hands = await KeyboardHands.lay(view);
    });

    // The last of the one signs out, the first of the other signs in.
    test.each([...MORE_FLOWS, ...FLOWS])("$name", async ({ run }) => {
      await run({ view, hands, full, folder });
      hands.isClean();
    });
  });
});
