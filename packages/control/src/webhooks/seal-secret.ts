import { openBytes, sealBytes } from "../secrets/sealed-bytes.ts";

const VERSION = "v1";

export interface SecretSealerOptions {
  /** 32 bytes, kept outside the database. */
  readonly key: Uint8Array;
  /** Keys it has replaced: they open, and seal nothing. */
  readonly earlierKeys?: readonly Uint8Array[];
  readonly randomBytes: (length: number) => Uint8Array;
}

/** Secrets that must be readable again, for a table that may be stolen. A sealed secret opens under its own id only. */
export class SecretSealer {
  readonly #options: SecretSealerOptions;

  constructor(options: SecretSealerOptions) {
    this.#options = options;
  }

  seal(id: string, secret: string): string {
    const { key, randomBytes } = this.#options;
    const sealed = sealBytes(Buffer.from(secret), { key, context: id, randomBytes });
    return `${VERSION}.${sealed.toString("base64url")}`;
  }

  /** Throws when it was sealed under another key or id, or was changed since. */
  open(id: string, text: string): string {
    const [version, encoded = ""] = text.split(".");
    if (version !== VERSION) throw new Error(`${id}: a secret sealed in the unknown form ${String(version)}`);
    const sealed = Buffer.from(encoded, "base64url");
    const { key, earlierKeys = [] } = this.#options;
    let failure: unknown;
    for (const candidate of [key, ...earlierKeys]) {
      try {
        return openBytes(sealed, { key: candidate, context: id }).toString("utf8");
      } catch (error) {
        failure ??= error;
      }
    }
    throw failure;
  }
}
