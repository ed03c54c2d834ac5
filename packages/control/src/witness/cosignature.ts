import { createHash } from "node:crypto";
import { LedgerError, checkPublicKey, decodeBase64, encodeBase64, verifyEd25519 } from "@berth/ledger";
import type { Signer } from "@berth/ledger";

// C2SP tlog-cosignature: signature type 0x04 is a timestamped Ed25519 signature over a checkpoint.
const COSIGNATURE_V1 = 0x04;

export interface WitnessKey {
  readonly name: string;
  /** Hex of 4 bytes. */
  readonly id: string;
  readonly publicKey: Uint8Array;
}

export function witnessKey(name: string, publicKey: Uint8Array): WitnessKey {
  const hash = createHash("sha256").update(`${name}\n`).update(Uint8Array.of(COSIGNATURE_V1)).update(publicKey);
  return { name, id: hash.digest("hex").slice(0, 8), publicKey };
}

export function formatWitnessKey({ name, id, publicKey }: WitnessKey): string {
  return `${name}+${id}+${encodeBase64(Buffer.concat([Uint8Array.of(COSIGNATURE_V1), publicKey]))}`;
}

/** @throws LedgerError `note` or `key`. */
export function parseWitnessKey(vkey: string): WitnessKey {
  const [, name = "", id, encoded] = /^([^+\s]{1,256})\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/.exec(vkey) ?? [];
  if (encoded === undefined) throw new LedgerError("note", "not a verifier key");
  const bytes = decodeBase64(encoded);
  if (bytes[0] !== COSIGNATURE_V1) throw new LedgerError("note", "not the key of a witness (cosignature/v1)");
  const key = witnessKey(name, bytes.subarray(1));
  if (key.id !== id) throw new LedgerError("note", "the verifier key's id is not the one of its name and key");
  checkPublicKey(key.publicKey);
  return key;
}

/** The signature line for a checkpoint's text. */
export async function cosign(text: string, { name, id }: WitnessKey, signer: Signer, at: Date): Promise<string> {
  const time = Math.floor(at.getTime() / 1000);
  const stamp = Buffer.alloc(8);
  stamp.writeBigUInt64BE(BigInt(time));
  const signature = await signer.sign(signedBytes(text, String(time)));
  return `— ${name} ${encodeBase64(Buffer.concat([Buffer.from(id, "hex"), stamp, signature]))}\n`;
}

/** Among these lines the one of this witness, verified. @throws LedgerError `note` or `key`. */
export async function verifiedCosignature(lines: string, text: string, key: WitnessKey): Promise<string> {
  for (const line of lines.split("\n").slice(0, 32)) {
    const [, name, encoded] = /^— ([^ ]+) ([A-Za-z0-9+/]+={0,2})$/.exec(line) ?? [];
    if (name !== key.name || encoded === undefined) continue;
    const bytes = Buffer.from(decodeBase64(encoded));
    if (bytes.length !== 76 || bytes.toString("hex", 0, 4) !== key.id) continue;
    const time = String(bytes.readBigUInt64BE(4));
    await verifyEd25519(key.publicKey, signedBytes(text, time), bytes.subarray(12));
    return `${line}\n`;
  }
  throw new LedgerError("note", "the witness did not sign");
}

function signedBytes(text: string, time: string): Uint8Array {
  return Buffer.from(`cosignature/v1\ntime ${time}\n${text}`);
}
