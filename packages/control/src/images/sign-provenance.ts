import { IN_TOTO_PAYLOAD_TYPE, formatEnvelope, signEnvelope, thumbprint } from "@berth/ledger";
import type { JsonObject } from "@berth/protocol";
import { nodeSha256 } from "../receipts/node-sha256.ts";
import type { ReceiptKeys } from "../receipts/receipt-keys.ts";

export const ENVELOPE_TYPE = "application/vnd.dsse.envelope.v1+json";

/** A DSSE envelope, signed by the key that countersigns receipts: whoever can check those can check this. */
export async function signProvenance(
  statement: JsonObject,
  { controlPlane }: Pick<ReceiptKeys, "controlPlane">,
): Promise<Uint8Array> {
  const payload = new TextEncoder().encode(JSON.stringify(statement));
  const keyid = `cp:${thumbprint(controlPlane.publicKey, nodeSha256)}`;
  const envelope = await signEnvelope(IN_TOTO_PAYLOAD_TYPE, payload, [{ keyid, signer: controlPlane }]);
  return new TextEncoder().encode(formatEnvelope(envelope));
}
