import { join } from "node:path";
import { decodeBase64Url, thumbprint, toJwk } from "@berth/ledger";
import { PlatformError } from "@berth/protocol";
import { invalidKeyFile, loadOrCreate, loadSigner, replaceKeyFile } from "../keys/key-file.ts";
import { createKeyPair } from "../keys/key-pair.ts";
import { withKid } from "./jws-signer.ts";
import type { JwsSigner } from "./jws-signer.ts";

/** A key that signs no more, whose public half is still published. */
export interface RetiredKey {
  readonly kid: string;
  readonly publicKey: Uint8Array;
  readonly retiredAt: string;
  readonly publishedUntil: string;
}

/** Long enough for whoever holds a card to read it anew, short enough that a key which nobody guards any more is not trusted for long. */
const PUBLISHED_MS = 30 * 24 * 60 * 60 * 1000;
const MAX_RETIRED = 20;

/**
 * The key that signs cards, and those that did before. `card-signing.pem` is the one, `card-retired.json` has the public
 * halves of the others; their private halves are gone. One process has a home, so the files have one writer.
 */
export class CardKeys {
  readonly #folder: string;
  #current: JwsSigner;
  #retired: readonly RetiredKey[];
  #writes: Promise<unknown> = Promise.resolve();

  private constructor(folder: string, current: JwsSigner, retired: readonly RetiredKey[]) {
    this.#folder = folder;
    this.#current = current;
    this.#retired = retired;
  }

  /** @throws PlatformError HOME_UNWRITABLE, CONFIG_INVALID for files that are not what they should be. */
  static async load(folder: string): Promise<CardKeys> {
    const current = withKid("card", await loadSigner(currentIn(folder)));
    const text = await loadOrCreate(retiredIn(folder), () => "[]\n");
    return new CardKeys(folder, current, parseRetired(text, retiredIn(folder)));
  }

  get current(): JwsSigner {
    return this.#current;
  }

  /** The newest first. */
  retired(at: Date): readonly RetiredKey[] {
    const now = at.toISOString();
    // A rotation that was cut off has the current key on the list already.
    return this.#retired.filter(({ kid, publishedUntil }) => publishedUntil > now && kid !== this.#current.kid);
  }

  /**
   * Makes another key the current one. Durable when it resolves; cut off anywhere, either key signs and both are
   * published. `compromised`: the old one is not published any more.
   * @throws PlatformError RATE_LIMITED, HOME_UNWRITABLE
   */
  async rotate(at: Date, { compromised }: { readonly compromised: boolean }): Promise<void> {
    const rotation = this.#writes.then(async () => await this.#rotate(at, compromised));
    this.#writes = rotation.catch(() => undefined);
    await rotation;
  }

  async #rotate(at: Date, compromised: boolean): Promise<void> {
    const published = this.retired(at);
    if (published.length >= MAX_RETIRED) {
      throw new PlatformError("RATE_LIMITED", `${MAX_RETIRED} replaced keys are published still.`, {
        hint: `The oldest is until ${published.at(-1)?.publishedUntil ?? "later"}.`,
      });
    }
    const { pem, signer } = createKeyPair();
    const { kid, publicKey } = this.#current;
    const publishedUntil = new Date(at.getTime() + PUBLISHED_MS).toISOString();
    const replaced: RetiredKey = { kid, publicKey, retiredAt: at.toISOString(), publishedUntil };
    const retired = compromised ? published : [replaced, ...published];
    await replaceKeyFile(retiredIn(this.#folder), formatRetired(retired));
    await replaceKeyFile(currentIn(this.#folder), pem);
    this.#retired = retired;
    this.#current = withKid("card", signer);
  }
}

function currentIn(folder: string): string {
  return join(folder, "card-signing.pem");
}

function retiredIn(folder: string): string {
  return join(folder, "card-retired.json");
}

function formatRetired(keys: readonly RetiredKey[]): string {
  const records = keys.map(({ publicKey, retiredAt, publishedUntil }) => ({
    x: toJwk(publicKey).x,
    retiredAt,
    publishedUntil,
  }));
  return `${JSON.stringify(records, undefined, 2)}\n`;
}

/** @throws PlatformError CONFIG_INVALID: a list that is not understood would silently take keys away from verifiers. */
function parseRetired(text: string, path: string): readonly RetiredKey[] {
  try {
    const records: unknown = JSON.parse(text);
    if (!Array.isArray(records)) throw new Error("not a list");
    return records.map(parseRecord);
  } catch (cause) {
    throw invalidKeyFile(path, "is no list of retired keys", cause);
  }
}

function parseRecord(record: unknown): RetiredKey {
  if (typeof record !== "object" || record === null) throw new Error("a key is not an object");
  const members = new Map<string, unknown>(Object.entries(record));
  const [x, retiredAt, publishedUntil] = ["x", "retiredAt", "publishedUntil"].map((name) => members.get(name));
  if (typeof x !== "string" || typeof retiredAt !== "string" || typeof publishedUntil !== "string") {
    throw new Error("a key lacks x, retiredAt or publishedUntil");
  }
  const publicKey = decodeBase64Url(x);
  if (publicKey.length !== 32) throw new Error("a key does not have 32 bytes");
  return { kid: `card:${thumbprint(publicKey)}`, publicKey, retiredAt, publishedUntil };
}
