import { secretsOfUpstreams } from "@berth/protocol";
import type { ReleaseSpec } from "../sandbox-driver.ts";
import { Scrubber } from "./scrubber.ts";
import type { ReleaseSecrets, SecretOwner, SecretSource, SecretValue } from "./secret-source.ts";

const MAX_RELEASES = 1_000;

/** What each release may use, and what has to be scrubbed from what it says. */
export class SecretBooks {
  readonly #source: () => SecretSource | undefined;
  readonly #books = new Map<string, SecretBook>();

  constructor(source: () => SecretSource | undefined) {
    this.#source = source;
  }

  /**
   * Ready for use: every value that the release could be given now is known to the scrubber. Undefined for releases that
   * use none. @throws what the source throws
   */
  async open(spec: ReleaseSpec): Promise<ReleaseSecrets | undefined> {
    const names = secretsOfUpstreams(spec.upstreams);
    if (names.length === 0) return undefined;
    const key = `${spec.releaseId} ${spec.agentName}`;
    const book = this.#books.get(key) ?? new SecretBook(spec, names, this.#source);
    // The youngest is at the end.
    this.#books.delete(key);
    this.#books.set(key, book);
    if (this.#books.size > MAX_RELEASES) {
      const [oldest] = this.#books.keys();
      if (oldest !== undefined) this.#books.delete(oldest);
    }
    await book.ready();
    return book;
  }
}

class SecretBook implements ReleaseSecrets {
  readonly scrubber: Scrubber = new Scrubber();
  readonly #owner: SecretOwner;
  readonly #names: readonly string[];
  readonly #source: () => SecretSource | undefined;
  #ready: Promise<unknown> | undefined;

  constructor({ orgId, agentName }: SecretOwner, names: readonly string[], source: () => SecretSource | undefined) {
    this.#owner = { orgId, agentName };
    this.#names = names;
    this.#source = source;
  }

  /** Once is enough: whatever is given out later is learned as it is given out. */
  async ready(): Promise<void> {
    this.#ready ??= Promise.all(this.#names.map(async (name) => await this.value(name)));
    try {
      await this.#ready;
    } catch (error) {
      this.#ready = undefined;
      throw error;
    }
  }

  async value(name: string): Promise<SecretValue | undefined> {
    if (!this.#names.includes(name)) return undefined;
    const secret = await this.#source()?.value(this.#owner, name);
    if (secret !== undefined) this.scrubber.learn(name, secret.value);
    return secret;
  }
}
