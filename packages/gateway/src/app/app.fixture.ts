import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { APP_FOLDER } from "@berth/protocol";
import { scriptedCard, scriptedConfig } from "@berth/testing";
import { publish } from "../gateway.fixture.ts";
import type { Answer, CallOptions, House } from "../gateway.fixture.ts";

/** Publishes an agent with an app, as a deployment would; a private one unless said. */
export async function publishApp(
  house: House,
  name: string,
  { files = FILES, digest = "a", releaseId = `rel_${name}`, visibility = "private" }: AppOptions = {},
): Promise<void> {
  const config = { ...scriptedConfig({ visibility }), frontend: "web" };
  for (const [path, content] of Object.entries(files)) {
    const file = join(house.releasesFolder, digest.repeat(64), APP_FOLDER, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  await publish(house.store, name, { config, card: scriptedCard(), releaseId, digest: `sha256:${digest.repeat(64)}` });
}

interface AppOptions {
  readonly files?: Readonly<Record<string, string>>;
  /** One hexadecimal digit. */
  readonly digest?: string;
  readonly releaseId?: string;
  readonly visibility?: "public" | "private";
}

const FILES = {
  "index.html": "<!doctype html><title>App</title>",
  "_build/main-ABCDEFGH.js": `console.log(${JSON.stringify("x".repeat(3_000))})`,
  "plain.txt": "plain",
};

/** A browser's cookies, for as many hosts as it visits. */
export class Browser {
  readonly jar: Map<string, Map<string, string>> = new Map();
  readonly #house: House;

  constructor(house: House) {
    this.#house = house;
  }

  platform(): string {
    return `127.0.0.1:${this.#house.port}`;
  }

  agent(name: string): string {
    return `${name}.localhost:${this.#house.port}`;
  }

  async signIn(key: string = this.#house.admin): Promise<void> {
    const answer = await this.fetch(this.platform(), "/v1/sessions", { body: { key } });
    if (answer.status !== 200) throw new Error(answer.text);
  }

  /** One request, redirects not followed. */
  async fetch(host: string, path: string, options: CallOptions = {}): Promise<Answer> {
    const cookies = [...(this.jar.get(host) ?? [])].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await this.#house.call(path, {
      ...options,
      headers: { host, ...(cookies === "" ? {} : { cookie: cookies }), ...options.headers },
    });
    for (const header of answer.headers["set-cookie"] ?? []) this.#keep(host, header);
    return answer;
  }

  /** Opens an address as somebody who types it, and follows where it leads. */
  async open(host: string, path: string): Promise<Answer & { readonly at: string }> {
    let url = new URL(`http://${host}${path}`);
    for (let hops = 0; hops < 8; hops++) {
      const answer = await this.fetch(url.host, url.pathname + url.search, { headers: PAGE });
      const { location } = answer.headers;
      if (location === undefined) return { ...answer, at: url.href };
      url = new URL(location, url);
    }
    throw new Error(`too many redirects, the last to ${url.href}`);
  }

  #keep(host: string, header: string): void {
    const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(header) ?? [];
    const jar = this.jar.get(host) ?? new Map<string, string>();
    this.jar.set(host, jar);
    if (value === "") jar.delete(name);
    else jar.set(name, value);
  }
}

export const PAGE = { accept: "text/html", "sec-fetch-dest": "document", "sec-fetch-mode": "navigate" } as const;

/** A person of the default organization with a session at the console. */
export async function addPerson(house: House, browser: Browser, role: "invoker" | "viewer"): Promise<string> {
  const { code, id } = (
    await house.call("/v1/users", {
      token: house.admin,
      body: { email: `${role}@example.com`, name: role, role },
    })
  ).json as { readonly code: string; readonly id: string };
  const answer = await browser.fetch(browser.platform(), "/v1/sessions", { body: { code, password: PASSWORD } });
  if (answer.status !== 200) throw new Error(answer.text);
  return id;
}

export const PASSWORD = "a long enough password for tests";
