import type { KeyEncryption } from "./key-encryption.ts";
import { openBytes, sealBytes } from "./sealed-bytes.ts";
import type { RandomBytes } from "./sealed-bytes.ts";

const VERSION = "s1";
const DATA_KEY_BYTES = 32;

/** Which secret it is, and whom it is for. Part of what is authenticated: a row's content put into another row does not open. */
export interface SecretPlace {
  readonly orgId: string;
  readonly agentName?: string | undefined;
  readonly name: string;
  readonly hosts?: readonly string[] | undefined;
}

export interface Envelope {
  readonly sealed: string;
  readonly keyId: string;
}

/** The value under a data key of its own, the data key under the master key. */
export async function sealSecret(
  value: string,
  place: SecretPlace,
  { keys, randomBytes }: { readonly keys: KeyEncryption; readonly randomBytes: RandomBytes },
): Promise<Envelope> {
  const context = contextOf(place);
  const { keyId } = keys;
  const dataKey = randomBytes(DATA_KEY_BYTES);
  const wrapped = await keys.wrap(dataKey, context);
  return { sealed: join(wrapped, sealBytes(Buffer.from(value), { key: dataKey, context, randomBytes })), keyId };
}

/** @throws Error when it is not this secret's, was changed, or its master key is not here. */
export async function openSecret(
  { sealed, keyId }: Envelope,
  place: SecretPlace,
  keys: KeyEncryption,
): Promise<string> {
  const [wrapped, content] = split(sealed);
  const context = contextOf(place);
  const key = await keys.unwrap(wrapped, keyId, context);
  return openBytes(content, { key, context }).toString("utf8");
}

/** The same content, its data key under the master key of now. The value is not touched. */
export async function rewrapSecret(
  { sealed, keyId }: Envelope,
  place: SecretPlace,
  keys: KeyEncryption,
): Promise<Envelope> {
  const [wrapped, content] = split(sealed);
  const context = contextOf(place);
  const now = keys.keyId;
  return { sealed: join(await keys.wrap(await keys.unwrap(wrapped, keyId, context), context), content), keyId: now };
}

function contextOf({ orgId, agentName, name, hosts }: SecretPlace): string {
  return JSON.stringify(["secret", orgId, agentName ?? null, name, hosts ?? null]);
}

function join(wrapped: Uint8Array, content: Uint8Array): string {
  return [VERSION, Buffer.from(wrapped).toString("base64url"), Buffer.from(content).toString("base64url")].join(".");
}

function split(sealed: string): readonly [Buffer, Buffer] {
  const [version, wrapped = "", content = ""] = sealed.split(".");
  if (version !== VERSION) throw new Error(`a secret sealed in the unknown form ${String(version)}`);
  return [Buffer.from(wrapped, "base64url"), Buffer.from(content, "base64url")];
}
