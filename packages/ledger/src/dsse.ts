import { decodeBase64, encodeBase64 } from "./base64.ts";
import { concatBytes, utf8 } from "./bytes.ts";
import { canonicalJson } from "./canonical-json.ts";
import type { Signer } from "./ed25519.ts";
import { isRecord, readArray, readString } from "./json-shape.ts";
import { LedgerError } from "./ledger-error.ts";

/** DSSE 1.0 envelope. */
export interface DsseEnvelope {
  /** Base64 of the exact bytes that were signed. */
  readonly payload: string;
  readonly payloadType: string;
  readonly signatures: readonly DsseSignature[];
}

export interface DsseSignature {
  readonly keyid: string;
  /** Base64. */
  readonly sig: string;
}

export const IN_TOTO_PAYLOAD_TYPE = "application/vnd.in-toto+json";

/** Pre-authentication encoding: what is really signed, so that a payload cannot be taken for one of another type. */
export function pae(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = utf8(payloadType);
  return concatBytes(utf8(`DSSEv1 ${type.length} `), type, utf8(` ${payload.length} `), payload);
}

export interface KeyedSigner {
  readonly keyid: string;
  readonly signer: Signer;
}

/** Signatures stand in the order of `signers`. */
export async function signEnvelope(
  payloadType: string,
  payload: Uint8Array,
  signers: readonly KeyedSigner[],
): Promise<DsseEnvelope> {
  const data = pae(payloadType, payload);
  const signatures: DsseSignature[] = [];
  for (const { keyid, signer } of signers) signatures.push({ keyid, sig: encodeBase64(await signer.sign(data)) });
  return { payload: encodeBase64(payload), payloadType, signatures };
}

/** The one text of an envelope: JCS. */
export function formatEnvelope(envelope: DsseEnvelope): string {
  return canonicalJson(envelope);
}

/** Reads the form only; no signature is verified. @throws LedgerError `format`. */
export function parseEnvelope(value: unknown): DsseEnvelope {
  if (!isRecord(value)) throw new LedgerError("format", "the envelope is not an object");
  return {
    payload: readString(value, "payload"),
    payloadType: readString(value, "payloadType"),
    signatures: readArray(value, "signatures", 16).map((signature) => {
      if (!isRecord(signature)) throw new LedgerError("format", "a signature is not an object");
      return { keyid: readString(signature, "keyid"), sig: readString(signature, "sig") };
    }),
  };
}

export function payloadOf(envelope: DsseEnvelope): Uint8Array {
  return decodeBase64(envelope.payload);
}
