import { isIP } from "node:net";

const DEFAULT_PORT = 443;
const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*$/;

export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

interface Rule extends HostAndPort {
  readonly subdomains: boolean;
}

/** `host`, `host:port`, `*.host`, `*.host:port`; without a port the default one. What cannot be read allows nothing. */
export class HostAllowlist {
  readonly #rules: readonly Rule[];

  constructor(entries: readonly string[], defaultPort: number = DEFAULT_PORT) {
    this.#rules = entries.flatMap((entry) => {
      const subdomains = entry.startsWith("*.");
      const target = parseAuthority(subdomains ? entry.slice(2) : entry, defaultPort);
      return target === undefined ? [] : [{ ...target, subdomains }];
    });
  }

  allows(target: HostAndPort): boolean {
    return this.#rules.some(
      (rule) =>
        rule.port === target.port &&
        (rule.subdomains
          ? target.host.endsWith(`.${rule.host}`) && isIP(target.host) === 0
          : rule.host === target.host),
    );
  }
}

/** `host:port` as in CONNECT (RFC 9110 §9.3.6), `[v6]:port` included. Lower case, without the root's dot. Undefined: not one. */
export function parseAuthority(authority: string, defaultPort?: number): HostAndPort | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]/@?#\s]+))(?::(\d{1,5}))?$/.exec(authority);
  if (match === null) return undefined;
  const host = (match[1] ?? match[2] ?? "").toLowerCase().replace(/\.$/, "");
  const port = match[3] === undefined ? defaultPort : Number(match[3]);
  if (port === undefined || port < 1 || port > 65_535) return undefined;
  if (match[1] === undefined ? !HOST_NAME.test(host) : isIP(host) !== 6) return undefined;
  return { host, port };
}
