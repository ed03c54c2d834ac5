import type { RegistryHttp } from "@berth/deploy";
import { PlatformError } from "@berth/protocol";
import { OutboundError } from "@berth/runtime";
import type { OutboundHttp } from "@berth/runtime";

/** Of one answer: more than any blob that is taken. */
const MAX_ANSWER_BYTES = 16 * 1024 ** 3;

/** Registries of elsewhere, called as every other address that somebody has given us. */
export function toRegistryHttp(outbound: Pick<OutboundHttp, "exchange">): RegistryHttp {
  return {
    async request({ timeoutMs, ...request }) {
      try {
        const { status, headers, body } = await outbound.exchange({
          ...request,
          idleMs: timeoutMs,
          maxBytes: MAX_ANSWER_BYTES,
        });
        const plain = Object.entries(headers).map(([name, value]) => [
          name.toLowerCase(),
          Array.isArray(value) ? value.join(", ") : value,
        ]);
        return { status, headers: Object.fromEntries(plain), body };
      } catch (error) {
        if (!(error instanceof OutboundError) || error.kind !== "refused") throw error;
        throw new PlatformError("REGISTRY_FAILED", `${hostOf(request.url)} is not called: it ${error.message}.`, {
          retryable: false,
          cause: error,
          hint: "A registry with a private address must be one that whoever runs the platform has listed: BERTH_OUTBOUND_ALLOW.",
        });
      }
    },
  };
}

function hostOf(url: string): string {
  return URL.parse(url)?.host ?? "the registry";
}
