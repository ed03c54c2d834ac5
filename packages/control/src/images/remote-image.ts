import { formatImageReference, openRegistry, parseImageReference, registryHost } from "@berth/deploy";
import type { ImageReference, RegistryRepository } from "@berth/deploy";
import { PlatformError } from "@berth/protocol";
import type { OutboundHttp } from "@berth/runtime";
import { registryCredential } from "./registry-credential.ts";
import type { CredentialSources } from "./registry-credential.ts";
import { toRegistryHttp } from "./registry-http.ts";

export interface RemoteImages extends CredentialSources {
  readonly outbound: Pick<OutboundHttp, "exchange" | "isExempt">;
}

export interface RemoteImage {
  readonly reference: ImageReference;
  /** As it is said without a scheme. */
  readonly name: string;
  /** Without TLS. */
  readonly isPlain: boolean;
}

/** `http://` before it asks for a registry without TLS; on this machine that is usual. @throws INVALID_PARAMS */
export function parseRemoteImage(text: string): RemoteImage {
  const [, scheme, rest = ""] = /^(?:(https?):\/\/)?(.*)$/s.exec(text) ?? [];
  const reference = parseImageReference(rest);
  const isLocal = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/.test(reference.host);
  return {
    reference,
    name: formatImageReference(reference),
    isPlain: scheme === "http" || (scheme === undefined && isLocal),
  };
}

/** @throws REGISTRY_FAILED for what must not be called, or not so */
export async function openRemote(
  sources: RemoteImages,
  orgId: string,
  { reference, isPlain }: RemoteImage,
  { credential, signal }: { readonly credential?: string; readonly signal: AbortSignal },
): Promise<RegistryRepository> {
  const host = registryHost(reference);
  const url = new URL(`${isPlain ? "http" : "https"}://${host}`);
  const port = url.port === "" ? (isPlain ? 80 : 443) : Number(url.port);
  if (isPlain && !sources.outbound.isExempt(url.hostname, port)) {
    throw new PlatformError("REGISTRY_FAILED", `${host} is not called without TLS: what comes could be anybody's.`, {
      retryable: false,
      hint: `Whoever runs the platform may list it: BERTH_OUTBOUND_ALLOW=${url.hostname}:${port}.`,
    });
  }
  const known =
    credential === undefined
      ? {}
      : { credential: await registryCredential(sources, orgId, credential, { host: reference.host, port }) };
  const registry = openRegistry({ http: toRegistryHttp(sources.outbound), host, plainHttp: isPlain, signal, ...known });
  return registry.repository(reference.repository);
}
