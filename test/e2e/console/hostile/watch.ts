import type { Page } from "playwright-core";

/** What got through on a page, by how it was noticed. All must stay empty. */
export interface Harm {
  readonly ran: readonly string[];
  readonly requests: readonly string[];
  readonly violations: readonly string[];
  readonly elements: readonly string[];
}

/** Watches a page from before its first script on. */
export class HostileWatch {
  readonly #page: Page;
  readonly #ran = new Set<string>();
  readonly #requests = new Set<string>();
  readonly #violations = new Set<string>();
  readonly #elements = new Set<string>();
  readonly #own: string;

  private constructor(page: Page, own: string) {
    this.#page = page;
    this.#own = own;
  }

  static async on(page: Page, own: string): Promise<HostileWatch> {
    const watch = new HostileWatch(page, new URL(own).origin);
    await page.exposeFunction("canary", (id: unknown) => void watch.#ran.add(`canary(${String(id)})`));
    await page.exposeFunction("berthViolation", (what: string) => void watch.#violations.add(what));
    await page.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => {
        const report: unknown = Reflect.get(globalThis, "berthViolation");
        const said = `${event.effectiveDirective} ${event.blockedURI} ${event.sample} in ${location.href}`;
        if (typeof report === "function") report(said);
      });
    });
    page.on("dialog", (dialog) => {
      watch.#ran.add(`a dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("popup", (popup) => watch.#ran.add(`a window: ${popup.url()}`));
    page.on("request", (request) => {
      const url = new URL(request.url());
      const isOwn = url.origin === watch.#own || url.href === "about:blank";
      if (!isOwn && !(url.protocol === "blob:" && url.pathname.startsWith(watch.#own))) watch.#requests.add(url.href);
    });
    page.on("framenavigated", (frame) => {
      if (frame !== page.mainFrame()) return;
      const url = new URL(frame.url());
      if (url.origin !== watch.#own && url.protocol !== "about:") watch.#ran.add(`went to ${url.href}`);
    });
    return watch;
  }

  /** A page of our own at an address of the platform's, for showing that the checks notice something. */
  async visit(url: string, html: string, policy: string): Promise<void> {
    await this.#page.route(url, async (route) => {
      await route.fulfill({ contentType: "text/html", headers: { "content-security-policy": policy }, body: html });
    });
    await this.#page.goto(url);
  }

  /** Looks at the document as it is now. */
  async look(where: string): Promise<void> {
    const found = await this.#page.evaluate((own) => {
      const SCHEME = /^\W*(javascript|data|vbscript)\s*:/i;
      const ADDRESSES = [
        "href",
        "src",
        "action",
        "formaction",
        "xlink:href",
        "data",
        "poster",
        "background",
        "srcset",
        "ping",
      ];
      const NEVER =
        "object, embed, applet, base, frame, frameset, portal, marquee, math, foreignObject, animate, set, use, style:not([data-own])";
      const bad: string[] = [];
      for (const element of document.querySelectorAll("*")) {
        const name = element.tagName.toLowerCase();
        for (const { name: attribute, value } of element.attributes) {
          if (attribute.startsWith("on")) bad.push(`<${name} ${attribute}>`);
          if (ADDRESSES.includes(attribute) && SCHEME.test(value))
            bad.push(`<${name} ${attribute}="${value.slice(0, 80)}">`);
          if (attribute === "style" && /url\(|expression|@import/i.test(value))
            bad.push(`<${name} style="${value.slice(0, 80)}">`);
        }
        if (element.matches(NEVER)) bad.push(`<${name}>`);
        if (element.matches("script, link, img, video, audio, source") && !isOwn(element))
          bad.push(element.outerHTML.slice(0, 120));
        if (name === "iframe" && (element.getAttribute("sandbox") ?? "allow").includes("allow"))
          bad.push("<iframe> with rights");
        if (name === "meta" && element.hasAttribute("http-equiv")) bad.push(element.outerHTML.slice(0, 120));
      }
      const title = document.title;
      if (!title.endsWith("Berth")) bad.push(`title ${title}`);
      if (Object.hasOwn(Object.prototype, "canary") || Object.hasOwn(Object.prototype, "polluted"))
        bad.push("a prototype");
      return bad;

      function isOwn(element: Element): boolean {
        const address = element.getAttribute("src") ?? element.getAttribute("href") ?? "";
        if (element.hasAttribute("srcset")) return false;
        if (element.tagName === "SCRIPT" && address === "") return false;
        return new URL(address, location.href).href.startsWith(`${own}/`) || address.startsWith(`blob:${own}`);
      }
    }, this.#own);
    for (const each of found) this.#elements.add(`${where}: ${each}`);
  }

  /** The payloads that are on the page as text. */
  async seen(): Promise<readonly number[]> {
    const text = await this.#page.evaluate(() => {
      const fields = [...document.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>("input, textarea")];
      return `${document.body.textContent} ${fields.map(({ value }) => value).join(" ")}`;
    });
    return [...text.matchAll(/(?<!\d)1[01]\d\d(?!\d)/g)].map(([id]) => Number(id));
  }

  /** Since it was last asked. */
  takeHarm(): Harm {
    const harm = this.harm;
    for (const each of [this.#ran, this.#requests, this.#violations, this.#elements]) each.clear();
    return harm;
  }

  get harm(): Harm {
    return {
      ran: [...this.#ran],
      requests: [...this.#requests],
      violations: [...this.#violations],
      elements: [...this.#elements],
    };
  }
}
