import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PlatformProcess, temporaryFolder } from "@berth/testing";
import { chromium } from "playwright-core";
import type { Browser, BrowserContext, CDPSession, Page, Route } from "playwright-core";
import { expect } from "vitest";
import { problemOf } from "../../architecture/console-commands.ts";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const KEPT = fileURLToPath(new URL("../../../results/screens", import.meta.url));
/** Pictures assert nothing and cost a sixth of a second each. */
const SHOTS = process.env["BERTH_SCREENSHOTS"] ?? (process.env["TEST_LONG"] === "1" ? KEPT : undefined);
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const MOST_LOOKS = 4;
const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
/** One after the other with few changes: another scheme restyles every element of the page. */
const LOOKS = [
  { name: "light", colorScheme: "light", viewport: DESKTOP },
  { name: "phone-light", colorScheme: "light", viewport: PHONE },
  { name: "phone-dark", colorScheme: "dark", viewport: PHONE },
  { name: "dark", colorScheme: "dark", viewport: DESKTOP },
] as const;
/** WCAG 2.2, 1.4.10: what is 1280 px wide at 400 %. */
const NARROWEST = { width: 320, height: 640 };

export interface ConsoleOptions {
  /** More of the platform's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** `false`: nobody is signed in, the sign-in form is what is seen first. */
  readonly signedIn?: boolean;
}

interface AxeViolation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly target: unknown; readonly failureSummary?: string }[];
}

// Starting one takes longer than most tests: the files of the lane run in one process (vitest.config.ts) and share it, each with a context of its own.
// It ends with that process.
let started: Promise<Browser> | undefined;

function chromiumOfTheLane(): Promise<Browser> {
  started ??= chromium.launch({ executablePath: "/usr/bin/chromium", args: FLAGS });
  return started;
}

async function endChromium(): Promise<void> {
  const running = started;
  started = undefined;
  await (await running)?.close();
}

/** A platform and a real browser that shows its console: one for each test file. Its pictures are kept where BERTH_SCREENSHOTS says; of the long run in results/screens. */
export class ConsoleBrowser implements AsyncDisposable {
  readonly platform: PlatformProcess;
  readonly page: Page;
  /** Must stay empty: errors of the page, what its policy refused, requests to anywhere else. */
  readonly problems: string[] = [];
  readonly #context: BrowserContext;
  readonly #protocol: CDPSession;
  readonly #folder: Disposable;
  readonly #hanging: Route[] = [];

  private constructor(
    platform: PlatformProcess,
    context: BrowserContext,
    page: Page,
    protocol: CDPSession,
    folder: Disposable,
  ) {
    this.platform = platform;
    this.page = page;
    this.#context = context;
    this.#protocol = protocol;
    this.#folder = folder;
    this.#watch();
  }

  static async start({ env, signedIn = true }: ConsoleOptions = {}): Promise<ConsoleBrowser> {
    const folder = temporaryFolder();
    const home = join(folder.path, "home");
    const [platform, browser] = await Promise.all([
      PlatformProcess.start({ home, ...(env === undefined ? {} : { env }) }),
      chromiumOfTheLane(),
    ]);
    const context = await browser.newContext({ viewport: DESKTOP, reducedMotion: "reduce", colorScheme: "light" });
    context.setDefaultTimeout(15_000);
    const page = await context.newPage();
    const opened = new ConsoleBrowser(platform, context, page, await context.newCDPSession(page), folder);
    if (signedIn) await opened.signIn();
    return opened;
  }

  /** A session's cookie, as the sign-in form gets it. `key`: default the administrator's. */
  async signIn(key: string = this.platform.token): Promise<void> {
    const response = await this.#context.request.post(`${this.platform.url}/v1/sessions`, {
      data: { key },
      headers: { origin: new URL(this.platform.url).origin },
    });
    expect(response.status(), await response.text()).toBeLessThan(300);
  }

  /** A view by its address behind `#`, such as `/agents?q=echo`, loaded anew so that nothing is kept from before. */
  async open(address: string): Promise<void> {
    await this.load(address);
    await this.settle();
  }

  /** The same, without waiting for what it asks the platform for. */
  async load(address: string): Promise<void> {
    // Away and back, or it would be the same document still. Another site than the platform's would end the renderer's process: twice as slow.
    await this.page.goto(`${this.platform.url}/healthz`);
    await this.page.goto(`${this.platform.url}/#${address}`);
  }

  /** Until nothing is loading and what was changed is drawn. */
  async settle(): Promise<void> {
    await this.page.waitForFunction(
      () => document.querySelector("h1, [role=alert]") !== null && document.querySelector(".animate-spin") === null,
    );
    const lines = await this.page.evaluate(async () => {
      await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
      return [...document.querySelectorAll("code")].map(({ textContent }) => textContent);
    });
    // Every command line that is seen is one that `a2a` takes.
    for (const line of new Set(lines)) {
      const problem = line.startsWith("npx a2a ") ? problemOf(line) : undefined;
      if (problem !== undefined) this.problems.push(problem);
    }
  }

  async shot(name: string): Promise<void> {
    if (SHOTS === undefined) return;
    mkdirSync(SHOTS, { recursive: true });
    await this.page.screenshot({ path: join(SHOTS, `${name}.png`) });
  }

  /** No violation of WCAG 2.2 AA or of axe's best practices in what is seen now. */
  async axe(what = "the screen"): Promise<void> {
    // By the debugging protocol: the console's own policy lets no foreign script in.
    const run = async (expression: string): Promise<unknown> => {
      const { result, exceptionDetails } = await this.#protocol.send("Runtime.evaluate", {
        expression,
        awaitPromise: true,
        returnByValue: true,
      });
      if (exceptionDetails !== undefined) throw new Error(`axe: ${JSON.stringify(exceptionDetails)}`);
      return result.value;
    };
    if ((await run("typeof axe")) === "undefined") await run(`${AXE};0`);
    const options = JSON.stringify({ runOnly: AXE_TAGS, resultTypes: ["violations"] });
    const seen = "document.documentElement.outerHTML";
    let violations: AxeViolation[] = [];
    for (let n = 0; n < MOST_LOOKS; n++) {
      const before = await run(seen);
      violations = (await run(`axe.run(document, ${options}).then((r) => r.violations)`)) as AxeViolation[];
      // Of what changes while axe looks it sees a half of each: the text before, the colour behind it after.
      if (violations.length === 0 || (await run(seen)) === before) break;
    }
    expect(violations.map(toLine), `axe on ${what}`).toEqual([]);
  }

  /** The view that is open in light and dark, on a desk and on a phone, each with axe and a picture; and without sideways scrolling. */
  async everyLook(name: string): Promise<void> {
    for (const look of LOOKS) {
      await this.page.emulateMedia({ colorScheme: look.colorScheme });
      await this.page.setViewportSize(look.viewport);
      await this.settle();
      await this.shot(`${name}-${look.name}`);
      await this.axe(`${name}, ${look.name}`);
    }
    await this.page.setViewportSize(NARROWEST);
    await this.settle();
    const overflow = await this.page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow, `${name} must fit into ${NARROWEST.width} px`).toBeLessThanOrEqual(0);
    await this.page.emulateMedia({ colorScheme: "light" });
    await this.page.setViewportSize(DESKTOP);
    await this.settle();
  }

  /** Requests to this path fail until `mend`, those that hang as well: 500, or as if the platform were away. */
  async breaks(path: string | RegExp, how: "answers 500" | "is away" = "answers 500"): Promise<void> {
    await this.page.route(
      (url) => (typeof path === "string" ? url.pathname === path : path.test(url.pathname)),
      async (route) => await (how === "is away" ? route.abort() : answer500(route)),
    );
    await Promise.all(this.#hanging.splice(0).map(answer500));
  }

  /** Requests to this path get no answer until it `breaks`, or `mend`. */
  async hangs(path: RegExp): Promise<void> {
    await this.page.route(
      (url) => path.test(url.pathname),
      (route) => void this.#hanging.push(route),
    );
  }

  async mend(): Promise<void> {
    this.#hanging.length = 0;
    await this.page.unrouteAll({ behavior: "ignoreErrors" });
  }

  /** Keys one after the other, as a person without a pointer types them: `await console.keys("g", "a", "j", "Enter")`. */
  async keys(...keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  /** Tab until this has the focus. @throws when it cannot be reached */
  async tabTo(selector: string, most = 80): Promise<void> {
    const wanted = this.page.locator(selector).first();
    for (let n = 0; n < most; n++) {
      if (await wanted.evaluate((element) => element === document.activeElement)) return;
      await this.page.keyboard.press("Tab");
    }
    throw new Error(`${selector} is not reached by ${most} times Tab`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close();
    await this.platform.stop();
    this.#folder[Symbol.dispose]();
    // A bench has one and ends with it; that of the lane stays for its next file.
    if (process.env["VITEST"] === undefined) await endChromium();
  }

  #watch(): void {
    const { page, problems } = this;
    const own = new URL(this.platform.url).host;
    page.on("pageerror", (error) => problems.push(`error: ${error.message}`));
    page.on("console", (message) => {
      // The browser reports refused requests by itself; what the console makes of them is asserted where it is shown.
      if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
        problems.push(`console: ${message.text()}`);
    });
    page.on("request", (request) => {
      const url = new URL(request.url());
      if (/^(https?|wss?):$/.test(url.protocol) && url.host !== own) problems.push(`request to ${request.url()}`);
    });
  }
}

async function answer500(route: Route): Promise<void> {
  const problem = { title: "Broken by a test", status: 500, detail: "Broken by a test.", reason: "INTERNAL" };
  // The console asks three times; it need not wait for that.
  const headers = { "content-type": "application/problem+json", "retry-after": "0" };
  await route.fulfill({ status: 500, headers, body: JSON.stringify(problem) });
}

function toLine({ id, help, nodes }: AxeViolation): string {
  const places = nodes.slice(0, 5).map(({ target, failureSummary }) => `${String(target)}: ${failureSummary ?? ""}`);
  return `${id} (${help}) at ${nodes.length}: ${places.join(" | ")}`;
}

/** A folder of `examples/`. */
export function example(name: string): string {
  return fileURLToPath(new URL(`../../../examples/${name}`, import.meta.url));
}
