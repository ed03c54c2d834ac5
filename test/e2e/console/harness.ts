import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PlatformProcess, temporaryFolder } from "@berth/testing";
import { chromium } from "playwright-core";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { expect } from "vitest";

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
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
const LOOKS = [
  { name: "light", colorScheme: "light", viewport: DESKTOP },
  { name: "dark", colorScheme: "dark", viewport: DESKTOP },
  { name: "phone-light", colorScheme: "light", viewport: PHONE },
  { name: "phone-dark", colorScheme: "dark", viewport: PHONE },
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

/** A platform and a real browser that shows its console: one for each test file. Its pictures are kept in results/screens, or where BERTH_SCREENSHOTS says. */
export class ConsoleBrowser implements AsyncDisposable {
  readonly platform: PlatformProcess;
  readonly page: Page;
  /** Must stay empty: errors of the page, what its policy refused, requests to anywhere else. */
  readonly problems: string[] = [];
  readonly #browser: Browser;
  readonly #context: BrowserContext;
  readonly #folder: Disposable;

  private constructor(
    platform: PlatformProcess,
    browser: Browser,
    context: BrowserContext,
    page: Page,
    folder: Disposable,
  ) {
    this.platform = platform;
    this.page = page;
    this.#browser = browser;
    this.#context = context;
    this.#folder = folder;
    this.#watch();
  }

  static async start({ env, signedIn = true }: ConsoleOptions = {}): Promise<ConsoleBrowser> {
    const folder = temporaryFolder();
    const platform = await PlatformProcess.start({
      home: join(folder.path, "home"),
      ...(env === undefined ? {} : { env }),
    });
    const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: FLAGS });
    const context = await browser.newContext({ viewport: DESKTOP, reducedMotion: "reduce", colorScheme: "light" });
    context.setDefaultTimeout(15_000);
    const page = await context.newPage();
    const opened = new ConsoleBrowser(platform, browser, context, page, folder);
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
    await this.page.goto("about:blank");
    await this.page.goto(`${this.platform.url}/#${address}`);
    await this.settle();
  }

  /** Until nothing is loading and what was changed is drawn. */
  async settle(): Promise<void> {
    await this.page.waitForFunction(
      () => document.querySelector("h1, [role=alert]") !== null && document.querySelector(".animate-spin") === null,
    );
    await this.page.evaluate(
      async () => await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))),
    );
  }

  async shot(name: string): Promise<void> {
    const into = process.env["BERTH_SCREENSHOTS"] ?? KEPT;
    mkdirSync(into, { recursive: true });
    await this.page.screenshot({ path: join(into, `${name}.png`) });
  }

  /** No violation of WCAG 2.2 AA or of axe's best practices in what is seen now. */
  async axe(what = "the screen"): Promise<void> {
    // By the debugging protocol: the console's own policy lets no foreign script in.
    const session = await this.#context.newCDPSession(this.page);
    const run = async (expression: string): Promise<unknown> => {
      const { result, exceptionDetails } = await session.send("Runtime.evaluate", {
        expression,
        awaitPromise: true,
        returnByValue: true,
      });
      if (exceptionDetails !== undefined) throw new Error(`axe: ${JSON.stringify(exceptionDetails)}`);
      return result.value;
    };
    await run(`${AXE};0`);
    const options = JSON.stringify({ runOnly: AXE_TAGS, resultTypes: ["violations"] });
    const violations = (await run(`axe.run(document, ${options}).then((r) => r.violations)`)) as AxeViolation[];
    await session.detach();
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

  /** Requests to this path fail until `mend`: 500, or as if the platform were away. */
  async breaks(path: string | RegExp, how: "answers 500" | "is away" = "answers 500"): Promise<void> {
    await this.page.route(
      (url) => (typeof path === "string" ? url.pathname === path : path.test(url.pathname)),
      async (route) => {
        if (how === "is away") return await route.abort();
        const problem = { title: "Broken by a test", status: 500, detail: "Broken by a test.", reason: "INTERNAL" };
        await route.fulfill({ status: 500, contentType: "application/problem+json", body: JSON.stringify(problem) });
      },
    );
  }

  /** Requests to this path get no answer until `mend`. */
  async hangs(path: RegExp): Promise<void> {
    await this.page.route(
      (url) => path.test(url.pathname),
      () => undefined,
    );
  }

  async mend(): Promise<void> {
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
    await this.#browser.close();
    await this.platform.stop();
    this.#folder[Symbol.dispose]();
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

function toLine({ id, help, nodes }: AxeViolation): string {
  const places = nodes.slice(0, 5).map(({ target, failureSummary }) => `${String(target)}: ${failureSummary ?? ""}`);
  return `${id} (${help}) at ${nodes.length}: ${places.join(" | ")}`;
}

/** A folder of `examples/`. */
export function example(name: string): string {
  return fileURLToPath(new URL(`../../../examples/${name}`, import.meta.url));
}
