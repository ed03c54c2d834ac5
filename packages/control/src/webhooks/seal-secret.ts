import { createCipheriv, createDecipheriv } from "node:crypto";

const VERSION = "v1";
const CIPHER = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export interface SecretSealerOptions {
  /** 32 bytes, kept outside the database. */
  readonly key: Uint8Array;
  readonly randomBytes: (length: number) => Uint8Array;
}

/** Secrets that must be readable again, for a table that may be stolen. A sealed secret opens under its own id only. */
export class SecretSealer {
  readonly #options: SecretSealerOptions;

  constructor(options: SecretSealerOptions) {
    this.#options = options;
  }

  seal(id: string, secret: string): string {
    const nonce = this.#options.randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#options.key, nonce).setAAD(Buffer.from(id));
    const sealed = Buffer.concat([nonce, cipher.update(secret, "utf8"), cipher.final(), cipher.getAuthTag()]);
    return `${VERSION}.${sealed.toString("base64url")}`;
  }

  /** Throws when it was sealed under another key or id, or was changed since. */
  open(id: string, text: string): string {
    const [version, encoded = ""] = text.split(".");
    if (version !== VERSION) throw new Error(`${id}: a secret sealed in the unknown form ${String(version)}`);
    const sealed = Buffer.from(encoded, "base64url");
    const nonce = sealed.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv(CIPHER, this.#options.key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(id)).setAuthTag(sealed.subarray(-TAG_BYTES));
    const plain = decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES));
    return Buffer.concat([plain, decipher.final()]).toString("utf8");
  }
}
