import { BlockList, isIP } from "node:net";

/** Ranges that are not the public internet, and so may be ours: IANA special-purpose registries, plus metadata services. */
const REFUSED_V4: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["168.63.129.16", 32],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
];

/** Everything that can carry an IPv4 address inside is refused whole: ::ffff, NAT64, 6to4, Teredo. */
const REFUSED_V6: readonly (readonly [string, number])[] = [
  ["::", 96],
  ["::ffff:0:0", 96],
  ["::ffff:0:0:0", 96],
  ["64:ff9b::", 96],
  ["64:ff9b:1::", 48],
  ["100::", 64],
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
  ["5f00::", 16],
  ["fc00::", 7],
  ["fe80::", 10],
  ["fec0::", 10],
  ["ff00::", 8],
];

/** IPv4 and IPv6 apart: Node compares a v4 rule with a mapped v6 address by itself, which would hide what is refused why. */
const refusedV4 = blockList(REFUSED_V4, "ipv4");
const refusedV6 = blockList(REFUSED_V6, "ipv6");

/** Whether an agent may be connected to it. Anything that is not an address is refused too. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !refusedV4.check(address, "ipv4");
  // A zone (`fe80::1%eth0`) is for link-local addresses only.
  return family === 6 && !address.includes("%") && !refusedV6.check(address, "ipv6");
}

function blockList(ranges: readonly (readonly [string, number])[], family: "ipv4" | "ipv6"): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of ranges) list.addSubnet(network, prefix, family);
  return list;
}
