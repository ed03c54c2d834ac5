import { EXTENSIONS_HEADER, activatedExtensions } from "./extensions.ts";
import { assertOffered } from "./offered-version.ts";
import type { A2aCall, AnyCall } from "./operations.ts";
import { assertVersion } from "./version.ts";
import type { ProtocolVersion } from "./version.ts";

/**
 * What comes before every operation, by whatever binding: does the caller mean this version (A2A 1.0.1 §3.6), is the
 * agent offered in it, and which of the requested extensions are active, which the answer then says (§4.6).
 * @throws VERSION_NOT_SUPPORTED, AGENT_NOT_FOUND, INVALID_PARAMS
 */
export async function admitCall(call: AnyCall, version: ProtocolVersion): Promise<readonly string[]> {
  assertVersion(call.exchange, version);
  await assertOffered(call, version);
  return await activatedExtensions(call);
}

/** The same, with the active extensions in the answer's header. */
export async function admitHttpCall(call: A2aCall, version: ProtocolVersion): Promise<void> {
  const active = await admitCall(call, version);
  if (active.length > 0) call.exchange.res.setHeader(EXTENSIONS_HEADER[version], active.join(", "));
}
