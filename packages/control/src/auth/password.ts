import { argon2, timingSafeEqual } from "node:crypto";
import { PlatformError } from "@berth/protocol";

/** OWASP's second choice: 19 MiB and two passes, so that a small machine can afford a sign-in. */
const MEMORY_KIB = 19_456;
const PASSES = 2;
const SALT_BYTES = 16;
const TAG_BYTES = 32;
/** Each holds its memory and a thread while it runs. */
const MAX_RUNNING = 2;
const MAX_WAITING = 32;

const PHC = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;

/** Checked where there is no account, so that its absence takes as long as a wrong password. Nothing hashes to it. */
const NOBODY = toPhc(new Uint8Array(SALT_BYTES), new Uint8Array(TAG_BYTES));

/** Argon2id as PHC strings, a bounded number at a time. */
export class Passwords {
  readonly #randomBytes: (length: number) => Uint8Array;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(randomBytes: (length: number) => Uint8Array) {
    this.#randomBytes = randomBytes;
  }

  async hash(password: string): Promise<string> {
    const salt = this.#randomBytes(SALT_BYTES);
    const costs = { memory: MEMORY_KIB, passes: PASSES, parallelism: 1 };
    return toPhc(salt, await this.#derive(password, { ...costs, salt, tagLength: TAG_BYTES }));
  }

  /** False for a wrong password and, after the same work, where there is none. */
  async verify(password: string, phc: string | undefined): Promise<boolean> {
    const parsed = parsePhc(phc ?? NOBODY);
    if (parsed === undefined) throw new Error("a stored password is no PHC string of argon2id");
    const { tag, ...costs } = parsed;
    const found = await this.#derive(password, { ...costs, tagLength: tag.length });
    return timingSafeEqual(found, tag) && phc !== undefined;
  }

  async #derive(password: string, { salt, ...costs }: Costs): Promise<Uint8Array> {
    await this.#enter();
    try {
      const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
      // NFC: the same password typed on another system must be the same bytes.
      const parameters = { message: password.normalize("NFC"), nonce: salt, ...costs };
      argon2("argon2id", parameters, (error, tag) => (error === null ? resolve(tag) : reject(error)));
      return await promise;
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }

  /** @throws RATE_LIMITED */
  async #enter(): Promise<void> {
    if (this.#running >= MAX_RUNNING) {
      if (this.#waiting.length >= MAX_WAITING) {
        throw new PlatformError("RATE_LIMITED", "Too many sign-ins at once.", { retryable: true });
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#running += 1;
  }
}

interface Costs {
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
  readonly tagLength: number;
  readonly salt: Uint8Array;
}

function toPhc(salt: Uint8Array, tag: Uint8Array): string {
  return `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=1$${toBase64(salt)}$${toBase64(tag)}`;
}

function parsePhc(phc: string): (Omit<Costs, "tagLength"> & { readonly tag: Uint8Array }) | undefined {
  const [, memory, passes, parallelism, salt, tag] = PHC.exec(phc) ?? [];
  if (salt === undefined || tag === undefined) return undefined;
  return {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, "base64"),
    tag: Buffer.from(tag, "base64"),
  };
}

/** PHC leaves the padding out. */
function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64").replace(/=+$/, "");
}
