import { Resolver } from "node:dns/promises";
import { connect, isIP } from "node:net";
import type { Socket } from "node:net";
import { isPublicAddress } from "./address-policy.ts";
import type { HostAndPort } from "./host-allowlist.ts";

/** How the proxy finds and reaches hosts. */
export interface EgressNetwork {
  /** All addresses of a name; rejects or gives none when there are none. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
  /** For tests only: addresses that are not public may be connected to. */
  readonly allowPrivate?: boolean;
  /** For tests only: a certificate authority that upstreams may have instead of the public ones, as PEM. */
  readonly authority?: string;
}

const RESOLVE_TIMEOUT_MS = 5_000;
const CONNECT_TIMEOUT_MS = 10_000;
const MAX_ADDRESSES = 4;

/** Why a host cannot be reached, as the agent may read it. */
export class EgressRefusal extends Error {
  override readonly name: string = "EgressRefusal";
}

/**
 * Resolves once and connects to an address it has checked, so that a name cannot mean something else a moment later.
 * @throws EgressRefusal
 */
export async function connectTo(target: HostAndPort, network: EgressNetwork): Promise<Socket> {
  const addresses = await addressesOf(target.host, network.resolve ?? resolveByDns);
  const refused = network.allowPrivate === true ? undefined : addresses.find((address) => !isPublicAddress(address));
  // One bad address is enough: which of them is tried would be the other side's choice.
  if (refused !== undefined) throw new EgressRefusal(`${refused} is not a public address`);
  let failure = "it has no address";
  for (const address of addresses.slice(0, MAX_ADDRESSES)) {
    try {
      return await open(address, target.port);
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
    }
  }
  throw new EgressRefusal(`cannot connect: ${failure}`);
}

/** Within 5 s. @throws EgressRefusal when there are none. */
export async function addressesOf(
  host: string,
  resolve: (host: string) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  const timer = Promise.withResolvers<never>();
  const timeout = setTimeout(() => {
    timer.reject(new EgressRefusal("its name was not resolved in time"));
  }, RESOLVE_TIMEOUT_MS);
  try {
    const addresses = await Promise.race([resolve(host), timer.promise]);
    if (addresses.length === 0) throw new EgressRefusal("its name does not resolve");
    return addresses;
  } catch (error) {
    throw error instanceof EgressRefusal ? error : new EgressRefusal("its name does not resolve");
  } finally {
    clearTimeout(timeout);
  }
}

/**
 * Asks the name servers only: the system's resolver would also answer from /etc/hosts, and its few threads, which all of
 * the platform's file access shares, could be kept busy by one agent.
 */
export async function resolveByDns(host: string): Promise<readonly string[]> {
  const resolver = new Resolver({ timeout: RESOLVE_TIMEOUT_MS / 2, tries: 2 });
  const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  return answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
}

function open(address: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port, noDelay: true, allowHalfOpen: true });
    const timer = setTimeout(() => {
      socket.destroy(new Error("it did not answer in time"));
    }, CONNECT_TIMEOUT_MS);
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.off("error", reject);
      resolve(socket);
    });
    socket.once("error", reject);
    socket.once("close", () => {
      clearTimeout(timer);
    });
  });
}
