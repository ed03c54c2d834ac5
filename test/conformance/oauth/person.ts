import { Browser } from "@berth/testing";
import type { PlatformProcess } from "@berth/testing";

const PASSWORD = "correct horse battery staple";

/** Somebody with a browser, as scripted as people are when they want something: signs in and allows. */
export class Person {
  readonly email: string;

  private constructor(email: string) {
    this.email = email;
  }

  static async join(platform: PlatformProcess, email: string, role: string): Promise<Person> {
    const json = { "content-type": "application/json" };
    const added = await platform.fetch("/v1/users", {
      method: "POST",
      headers: json,
      body: JSON.stringify({ email, role }),
    });
    const { code } = (await added.json()) as { code: string }; // the platform's own API
    const opened = await fetch(new URL("/v1/sessions", platform.url), {
      method: "POST",
      headers: json,
      body: JSON.stringify({ code, password: PASSWORD }),
    });
    if (!opened.ok) throw new Error(`no session for ${email}: ${await opened.text()}`);
    return new Person(email);
  }

  /** From where a client sends people, to where the answer goes; asked there only if `arrive` says so. */
  async allow(
    address: URL,
    redirect: string,
    { arrive = false }: { readonly arrive?: boolean } = {},
  ): Promise<URLSearchParams> {
    const browser = new Browser();
    const stop = arrive ? "never:" : redirect;
    let page = await browser.open(address.href, stop);
    page = await browser.submit(page, `${page.url.pathname}/login`, { email: this.email, password: PASSWORD }, stop);
    page = await browser.submit(page, `${page.url.pathname}/consent`, { answer: "allow" }, stop);
    return page.url.searchParams;
  }

  /** Types a device's code. The last page. */
  async allowDevice(address: string): Promise<string> {
    const browser = new Browser();
    const stop = "never:";
    const first = await browser.open(address, stop);
    const code = /name="user_code"\s+value="([^"]+)"/.exec(first.text)?.[1] ?? "";
    const secret = (text: string): string => /name="xsrf"\s+value="([^"]+)"/.exec(text)?.[1] ?? "";
    const typed = { xsrf: secret(first.text), user_code: code };
    const question = await browser.submit(first, "/oauth/device", typed, stop);
    const confirmed = { xsrf: secret(question.text), user_code: code, confirm: "yes" };
    let page = await browser.submit(question, "/oauth/device", confirmed, stop);
    page = await browser.submit(page, `${page.url.pathname}/login`, { email: this.email, password: PASSWORD }, stop);
    page = await browser.submit(page, `${page.url.pathname}/consent`, { answer: "allow" }, stop);
    return page.text;
  }
}
