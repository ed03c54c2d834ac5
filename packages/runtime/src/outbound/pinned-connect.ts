import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { buildConnector } from "undici";
import { isPublicAddress } from "../egress/address-policy.ts";
import { EgressRefusal, addressesOf, resolveByDns } from "../egress/egress-network.ts";
import type { ExemptHosts } from "./exempt-hosts.ts";
import { OutboundError } from "./outbound-error.ts";
import { hostOf, portOf, refused } from "./url-policy.ts";

type Connector = ReturnType<typeof buildConnector>;
type Callback = Parameters<Connector>[1];
type Connected = Parameters<Callback>[1];

interface Target {
  readonly hostname: string;
  readonly protocol: string;
  readonly port: string;
}

/** PEM. Instead of the public authorities, and by whom the other side knows us. */
export interface TlsIdentity {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

export interface PinnedConnectOptions {
  readonly exempt: ExemptHosts;
  readonly tls?: TlsIdentity;
  readonly resolve?: (host: string) => Promise<readonly string[]>;
}

export interface PinnedConnect {
  readonly connect: Connector;
  /** All of them are fit to be connected to. @throws OutboundError */
  readonly addressesFor: (target: Target) => Promise<readonly string[]>;
}

const CONNECT_TIMEOUT_MS = 10_000;
const MAX_ADDRESSES = 4;

/** Connections whose address was checked: the name is resolved here, once, and the socket is told the address alone. */
export function pinnedConnect({ exempt, resolve, tls = {} }: PinnedConnectOptions): PinnedConnect {
  const open = buildConnector({
    ...tls,
    timeout: CONNECT_TIMEOUT_MS,
    allowH2: false,
    // A session from one address must not vouch for another.
    maxCachedSessions: 0,
  });

  async function addressesFor(target: Target): Promise<readonly string[]> {
    const host = hostOf(target.hostname);
    const isExempt = exempt.has(host, portOf(target));
    const found = await find(host, resolve ?? (isExempt ? resolveBySystem : resolveByDns));
    if (isExempt) return found;
    // One bad address is enough: which of them is tried would be the other side's choice.
    if (found.some((address) => !isPublicAddress(address))) throw refused("must not lead to a private address");
    return found;
  }

  return {
    addressesFor,
    connect: (options, callback) => {
      // The connector's contract is a callback; an exception in it is undici's own.
      // oxlint-disable promise/no-callback-in-promise
      void connectOne(options).then(
        (socket) => callback(null, socket),
        (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null),
      );
      // oxlint-enable promise/no-callback-in-promise
    },
  };

  async function connectOne(options: Parameters<Connector>[0]): Promise<NonNullable<Connected>> {
    const addresses = await addressesFor(options);
    const host = hostOf(options.hostname);
    const name = isIP(host) === 0 ? { servername: host } : {};
    let failure: unknown = new OutboundError("unreachable", "its name does not resolve");
    for (const address of addresses.slice(0, MAX_ADDRESSES)) {
      try {
        return await new Promise((resolveSocket, reject) => {
          open({ ...options, ...name, hostname: address, host: address }, (...[error, socket]) => {
            if (error === null) resolveSocket(socket);
            else reject(error);
          });
        });
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }
}

async function find(host: string, resolve: (host: string) => Promise<readonly string[]>): Promise<readonly string[]> {
  try {
    return await addressesOf(host, resolve);
  } catch (error) {
    if (error instanceof EgressRefusal) throw new OutboundError("unreachable", error.message, { cause: error });
    throw error;
  }
}

/** `/etc/hosts` included: names of one's own network are often only there. */
async function resolveBySystem(host: string): Promise<readonly string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}
