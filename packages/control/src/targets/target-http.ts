import type { TargetHttp } from "@berth/deploy/targets";
import { PlatformError } from "@berth/protocol";
import { OutboundError } from "@berth/runtime";
import type { OutboundHttp } from "@berth/runtime";

/** How the requests of one target are dressed. */
export interface TargetAccess {
  /** For URLs that are only a path. */
  readonly endpoint: string;
  /** Asked for before each request; sent to `endpoint`'s origin, or to hosts that `trusts` accepts, and nowhere else. */
  readonly headers: (signal: AbortSignal) => Promise<Readonly<Record<string, string>>>;
  readonly trusts?: (host: string) => boolean;
  /** Hosts that end so are reached at `endpoint`, which may be plain HTTP then: whoever runs the platform has said so. */
  readonly insteadOf?: string;
  /** With the target's own authority and certificate, where it has them. */
  readonly outbound: Pick<OutboundHttp, "exchange">;
}

const MAX_BYTES = 4 * 1024 * 1024;
const MAX_LINE = 64 * 1024;
/** A log that is followed may say nothing for so long. */
const SILENCE_MS = 120_000;

interface Dressed {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export function createTargetHttp(access: TargetAccess): TargetHttp {
  const dress = async (url: string, signal: AbortSignal): Promise<Dressed> => {
    const asked = new URL(url, access.endpoint);
    const isMoved = access.insteadOf !== undefined && asked.host.endsWith(access.insteadOf);
    const full = isMoved ? new URL(`${asked.pathname}${asked.search}`, access.endpoint) : asked;
    const isOwn = full.origin === new URL(access.endpoint).origin || access.trusts?.(full.host) === true;
    if (!isOwn || (full.protocol !== "https:" && access.insteadOf === undefined)) {
      throw new PlatformError("TARGET_FAILED", `${full.host} is not called for this target.`);
    }
    return { url: full.href, headers: await access.headers(signal) };
  };
  return {
    async send({ method, url, headers = {}, body, timeoutMs, signal }) {
      const stop = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      const { url: full, headers: own } = await dress(url, stop);
      const bytes = typeof body === "string" ? Buffer.from(body) : body;
      const sent = {
        method,
        url: full,
        headers: { ...headers, ...own },
        maxBytes: MAX_BYTES,
        idleMs: timeoutMs,
        signal: stop,
        ...(bytes === undefined ? {} : { body: bytes }),
      };
      try {
        const answer = await access.outbound.exchange(sent);
        const chunks: Uint8Array[] = [];
        for await (const chunk of answer.body) chunks.push(chunk);
        return { status: answer.status, headers: plain(answer.headers), body: Buffer.concat(chunks) };
      } catch (error) {
        throw toTargetError(error, full, signal);
      }
    },
    async *lines({ url, headers = {}, signal }) {
      const { url: full, headers: own } = await dress(url, signal);
      const request = {
        method: "GET" as const,
        url: full,
        maxBytes: Number.MAX_SAFE_INTEGER,
        idleMs: SILENCE_MS,
        signal,
      };
      try {
        const answer = await access.outbound.exchange({ ...request, headers: { ...headers, ...own } });
        const decoder = new TextDecoder();
        let rest = "";
        for await (const chunk of answer.body) {
          const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
          rest = (lines.pop() ?? "").slice(-MAX_LINE);
          yield* lines;
        }
        if (rest !== "") yield rest;
      } catch (error) {
        throw toTargetError(error, full, signal);
      }
    },
  };
}

function plain(headers: Readonly<Record<string, string | string[] | undefined>>): Readonly<Record<string, string>> {
  const pairs = Object.entries(headers).flatMap(([name, value]): (readonly [string, string])[] =>
    value === undefined ? [] : [[name.toLowerCase(), Array.isArray(value) ? value.join(", ") : value]],
  );
  return Object.fromEntries(pairs);
}

function toTargetError(error: unknown, url: string, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof PlatformError) return error;
  const host = new URL(url).host;
  const refused = error instanceof OutboundError && error.kind === "refused";
  const said = error instanceof Error ? error.message : String(error);
  return new PlatformError("TARGET_FAILED", `${host} was not reached: ${said.slice(0, 300)}.`, {
    cause: error,
    hint: refused
      ? "A target with a private address must be one that whoever runs the platform has listed: BERTH_OUTBOUND_ALLOW."
      : "Check the target's address, and that this machine reaches it.",
  });
}
