import { BlockList, isIP } from "node:net";

/** `192.0.2.0/24`, `2001:db8::/32`, or one address. */
interface Network {
  readonly address: string;
  readonly prefix: number;
  readonly family: "ipv4" | "ipv6";
}

export function isNetwork(text: string): boolean {
  return parseNetwork(text) !== undefined;
}

/** Whether the address lies in one of the networks. An unknown address lies in none. */
export function isWithin(networks: readonly string[], remoteAddress: string | undefined): boolean {
  const address = plainAddress(remoteAddress);
  if (address === undefined) return false;
  return toBlockList(networks).check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

/** Whether all of the network lies in one of the others. */
export function isNetworkWithin(networks: readonly string[], text: string): boolean {
  const inner = parseNetwork(text);
  if (inner === undefined) return false;
  return networks.some((each) => {
    const outer = parseNetwork(each);
    if (outer === undefined || outer.family !== inner.family || outer.prefix > inner.prefix) return false;
    return toBlockList([each]).check(inner.address, inner.family);
  });
}

/** What counts as one caller: an IPv4 address, or an IPv6 /64, which one household has to itself. */
export function networkOf(remoteAddress: string | undefined): string {
  const address = plainAddress(remoteAddress);
  if (address === undefined) return "unknown";
  if (isIP(address) === 4) return address;
  // URL writes every IPv6 address in one way only, and leaves out at most one run of zeros.
  const [head = "", tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const front = head === "" ? [] : head.split(":");
  const back = tail === undefined || tail === "" ? [] : tail.split(":");
  const groups = [...front, ...Array<string>(8 - front.length - back.length).fill("0"), ...back];
  return `${groups.slice(0, 4).join(":")}::/64`;
}

function parseNetwork(text: string): Network | undefined {
  const match = /^([0-9a-fA-F:.]{2,45})(?:\/(\d{1,3}))?$/.exec(text);
  const address = match?.[1] ?? "";
  const version = isIP(address);
  // An IPv4 address in IPv6's clothes would match nothing: addresses are compared without them.
  if (version === 0 || plainAddress(address) !== address) return undefined;
  const most = version === 4 ? 32 : 128;
  const prefix = match?.[2] === undefined ? most : Number(match[2]);
  return prefix > most ? undefined : { address, prefix, family: version === 4 ? "ipv4" : "ipv6" };
}

function toBlockList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const text of networks) {
    const network = parseNetwork(text);
    if (network !== undefined) list.addSubnet(network.address, network.prefix, network.family);
  }
  return list;
}

/** Without zone, and IPv4 without the IPv6 clothes that a dual-stack socket gives it. */
function plainAddress(remoteAddress: string | undefined): string | undefined {
  const address = (remoteAddress ?? "").replace(/%.*$/, "").replace(/^::ffff:(?=\d+\.)/i, "");
  return isIP(address) === 0 ? undefined : address;
}
