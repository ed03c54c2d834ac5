interface Request {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A browser as far as signing in goes: cookies by path, redirects, forms with their Origin. */
export class Browser {
  readonly #jars = new Map<string, Map<string, { readonly value: string; readonly path: string }>>();

  /** Follows redirects until a page, or until one leads to `stop`. */
  async open(url: string, stop: string): Promise<Visit> {
    return await this.#go(new URL(url), {}, stop);
  }

  async submit(visit: Visit, path: string, fields: Readonly<Record<string, string>>, stop: string): Promise<Visit> {
    const url = new URL(path, visit.url);
    const headers = { "content-type": "application/x-www-form-urlencoded", origin: url.origin };
    return await this.#go(url, { method: "POST", headers, body: new URLSearchParams(fields).toString() }, stop);
  }

  setCookie(origin: string, name: string, value: string, path = "/"): void {
    const jar = this.#jars.get(origin) ?? new Map();
    jar.set(name, { value, path });
    this.#jars.set(origin, jar);
  }

  async #go(first: URL, init: Request, stop: string): Promise<Visit> {
    let url = first;
    let request: Request = init;
    for (let hop = 0; hop < 10; hop += 1) {
      const response = await fetch(url, {
        ...request,
        redirect: "manual",
        headers: { accept: "text/html", ...request.headers, cookie: this.#cookies(url) },
      });
      this.#keep(url, response);
      const location = response.headers.get("location");
      const text = await response.text();
      if (location === null) return { url, status: response.status, text, headers: response.headers };
      url = new URL(location, url);
      if (url.href.startsWith(stop)) return { url, status: response.status, text, headers: response.headers };
      request = {};
    }
    throw new Error(`too many redirects, the last to ${url.href}`);
  }

  #cookies(url: URL): string {
    const pairs = [...(this.#jars.get(url.origin) ?? [])];
    const fitting = pairs.filter(
      ([, { path }]) => url.pathname === path || url.pathname.startsWith(path.replace(/\/?$/, "/")),
    );
    return fitting.map(([name, { value }]) => `${name}=${value}`).join("; ");
  }

  #keep(url: URL, response: Response): void {
    for (const header of response.headers.getSetCookie()) {
      const [pair = "", ...attributes] = header.split(";").map((each) => each.trim());
      const at = pair.indexOf("=");
      const path = attributes.find((each) => /^path=/i.test(each))?.slice(5) ?? "/";
      const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
      const isGone = value === "" || attributes.some((each) => /^expires=Thu, 01 Jan 1970/i.test(each));
      if (isGone) this.#jars.get(url.origin)?.delete(name);
      else this.setCookie(url.origin, name, value, path);
    }
  }
}

export interface Visit {
  readonly url: URL;
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}
