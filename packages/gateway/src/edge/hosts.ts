import { PlatformError } from "@berth/protocol";
import type { HostTarget } from "./exchange.ts";

export interface HostOptions {
  /** Agents are at `<agent>.<domain>`. */
  readonly domain: string;
  /** Further names of the platform itself, without a port. */
  readonly allowedHosts: readonly string[];
}

const LOOPBACK: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * Which names we answer to. A page of an attacker can make its own name resolve to us (DNS rebinding), but then the
 * Host header still says that name.
 */
export class Hosts {
  readonly #platform: ReadonlySet<string>;
  readonly #domains: readonly string[];

  constructor({ domain, allowedHosts }: HostOptions) {
    const lower = domain.toLowerCase();
    this.#platform = new Set([...LOOPBACK, lower, ...allowedHosts.map((host) => host.toLowerCase())]);
    this.#domains = [...new Set([`.${lower}`, ".localhost"])];
  }

  /** @throws HOST_NOT_ALLOWED */
  resolve(header: string | undefined, scheme: string): HostTarget {
    const name = hostname(header);
    if (name === undefined || header === undefined) throw notAllowed(header);
    const origin = `${scheme}//${header.toLowerCase()}`;
    // The domain may itself lie below localhost, so the platform's own names come first.
    if (this.#platform.has(name)) return { origin };
    const domain = this.#domains.find((suffix) => name.endsWith(suffix));
    if (domain === undefined) throw notAllowed(header);
    return { origin, agent: name.slice(0, -domain.length) };
  }

  /** Whether a page of this origin is ours: the platform's own or an agent's. */
  isOwnOrigin(origin: string): boolean {
    const match = /^https?:\/\/([^/?#@\\]+)$/i.exec(origin);
    const name = hostname(match?.[1]);
    if (name === undefined) return false;
    return this.#platform.has(name) || this.#domains.some((suffix) => name.endsWith(suffix));
  }
}

/** Lower case, without port and the root's dot; undefined for what is no host at all. */
function hostname(header: string | undefined): string | undefined {
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)\.?(?::\d{1,5})?$/i.exec(header ?? "");
  return match?.[1]?.toLowerCase();
}

function notAllowed(header: string | undefined): PlatformError {
  const said = header === undefined ? "no host" : `"${header.slice(0, 100)}"`;
  return new PlatformError("HOST_NOT_ALLOWED", `This platform does not answer to ${said}.`, {
    hint: "Use its own address, or add the name to the allowed hosts.",
  });
}
