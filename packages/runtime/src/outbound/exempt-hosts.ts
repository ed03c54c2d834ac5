import { parseAuthority } from "../egress/host-allowlist.ts";

interface Rule {
  readonly host: string;
  /** Undefined: every port. */
  readonly port: number | undefined;
}

/** Hosts that may be reached although their addresses are private: what whoever runs the platform has listed by name. */
export class ExemptHosts {
  readonly #rules: readonly Rule[];

  /** @throws Error for an entry that is not `host:port` or `host:*`; a typing error must not pass as "nothing". */
  constructor(entries: readonly string[]) {
    this.#rules = entries.map(toRule);
  }

  has(host: string, port: number): boolean {
    return this.#rules.some((rule) => rule.host === host && (rule.port === undefined || rule.port === port));
  }
}

function toRule(entry: string): Rule {
  const anyPort = entry.endsWith(":*");
  const target = parseAuthority(anyPort ? `${entry.slice(0, -2)}:1` : entry);
  if (target === undefined) throw new Error(`"${entry}" is not host:port or host:*`);
  return { host: target.host, port: anyPort ? undefined : target.port };
}
