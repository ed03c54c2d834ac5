import { expect } from "vitest";
import type { Locator } from "playwright-core";
import type { FullPlatform } from "./full-platform.ts";
import type { ConsoleBrowser } from "./harness.ts";

const MOST_STOPS = 160;

/** What a flow works on. */
interface KeyboardGround {
  readonly view: ConsoleBrowser;
  readonly hands: KeyboardHands;
  readonly full: FullPlatform;
  /** For files that are uploaded. */
  readonly folder: { readonly path: string };
}

export interface KeyboardFlow {
  readonly name: string;
  readonly run: (ground: KeyboardGround) => Promise<void>;
}

/** What a person with a keyboard and nothing else can do. Whatever of a pointer reaches the page is written down. */
export class KeyboardHands {
  readonly view: ConsoleBrowser;
  readonly pointerEvents: string[] = [];

  private constructor(view: ConsoleBrowser) {
    this.view = view;
  }

  /** Before the page is opened: the listener is the first that hears of anything. */
  static async lay(view: ConsoleBrowser): Promise<KeyboardHands> {
    const hands = new KeyboardHands(view);
    // Who listens from the beginning gets every chooser: to begin with a listener takes the browser a moment.
    view.page.on("filechooser", () => undefined);
    await view.page.exposeFunction("berthPointer", (what: string) => hands.pointerEvents.push(what));
    await view.page.addInitScript(() => {
      const tell = (event: Event): void => {
        // Enter on a button makes a click too, one that no pointer took part in.
        if (event.type === "click" && (event as MouseEvent).detail === 0) return;
        (globalThis as unknown as { berthPointer(what: string): void }).berthPointer(event.type);
      };
      for (const type of ["pointerdown", "mousedown", "touchstart", "click", "dblclick", "mousemove", "wheel"])
        addEventListener(type, tell, { capture: true, passive: true });
    });
    return hands;
  }

  async keys(...keys: readonly string[]): Promise<void> {
    await this.view.keys(...keys);
  }

  async type(text: string): Promise<void> {
    await this.view.page.keyboard.type(text);
  }

  /** Tab until it has the focus. @throws when a walk all around does not come to it */
  async to(wanted: Locator): Promise<void> {
    await wanted.first().waitFor();
    for (let n = 0; n < MOST_STOPS; n++) {
      if (await wanted.first().evaluate((element) => element === document.activeElement)) return;
      await this.keys("Tab");
    }
    throw new Error(`${String(wanted)} is not reached by ${MOST_STOPS} times Tab`);
  }

  /** Enter on a button or a link of this name. */
  async press(name: string | RegExp, within: Locator | ConsoleBrowser["page"] = this.view.page): Promise<void> {
    const [button, link] = (["button", "link"] as const).map((role) => within.getByRole(role, exact(name)));
    if (button === undefined || link === undefined) return;
    await this.to(button.or(link));
    await this.keys("Enter");
  }

  /** What is written takes the place of what was there. */
  async write(
    label: string | RegExp,
    text: string,
    within: Locator | ConsoleBrowser["page"] = this.view.page,
  ): Promise<void> {
    await this.to(within.getByLabel(label, labelled(label)));
    await this.keys("Control+a");
    await this.type(text);
  }

  /** One of a list, by arrows from its beginning. */
  async choose(
    label: string | RegExp,
    option: string,
    within: Locator | ConsoleBrowser["page"] = this.view.page,
  ): Promise<void> {
    const list = within.getByLabel(label, labelled(label));
    await this.to(list);
    await this.keys("Home");
    const chosen = async (): Promise<string | undefined> =>
      await list.evaluate((element) => (element as HTMLSelectElement).selectedOptions[0]?.label);
    for (let n = 0; n < 60 && (await chosen()) !== option; n++) await this.keys("ArrowDown");
    expect(await chosen()).toBe(option);
  }

  /** A tab by arrows, from the one that is shown. */
  async tab(name: string | RegExp): Promise<void> {
    const { page } = this.view;
    await this.to(page.getByRole("main").getByRole("tab", { selected: true }));
    const wanted = page.getByRole("tab", { ...exact(name), selected: true });
    for (let n = 0; n < 12 && (await wanted.count()) === 0; n++) {
      await this.keys("ArrowRight");
      await this.view.settle();
    }
    await wanted.waitFor();
  }

  /** Files for what Enter asks for. */
  async upload(field: Locator, path: string): Promise<void> {
    await this.view.settle();
    await this.to(field);
    const [chooser] = await Promise.all([this.view.page.waitForEvent("filechooser"), this.keys("Enter")]);
    await chooser.setFiles(path);
  }

  async heading(name: string | RegExp): Promise<void> {
    await this.view.page.getByRole("heading", { name, level: 1 }).waitFor();
  }

  async sees(text: string | RegExp): Promise<void> {
    await this.view.page.getByText(text).first().waitFor();
  }

  /** No pointer was used, and nothing went wrong. */
  isClean(): void {
    expect(this.pointerEvents).toEqual([]);
    expect(this.view.problems.splice(0)).toEqual([]);
  }
}

function labelled(label: string | RegExp): { readonly exact: boolean } {
  return { exact: typeof label === "string" };
}

function exact(name: string | RegExp): { readonly name: string | RegExp; readonly exact?: true } {
  return typeof name === "string" ? { name, exact: true } : { name };
}
