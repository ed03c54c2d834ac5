import { formatPublishedKeys, toJwk } from "@berth/ledger";
import { makeSampleLog } from "@berth/ledger/testing";

/** A bundle as a platform seals it, and the document at its `/ledger/keys`. */
export async function makeSampleReceipt(): Promise<{ readonly bundle: string; readonly keys: string }> {
  const { bundle, origin, trust, signers } = await makeSampleLog();
  const jwk = toJwk(signers.controlPlane.publicKey);
  const [vkey = ""] = trust.logs;
  const [keyid = ""] = trust.controlPlanes;
  return { bundle, keys: formatPublishedKeys({ origin, log: { vkey }, controlPlane: [{ keyid, jwk }] }) };
}
