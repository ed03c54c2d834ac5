import { describe, expect, it } from "vitest";
import { isPublicAddress } from "./address-policy.ts";

describe("the addresses an agent may be connected to", () => {
  it.each(["1.1.1.1", "93.184.216.34", "172.32.0.1", "192.167.255.255", "2606:4700:4700::1111", "2a00:1450:4001::1"])(
    "allows %s",
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  it.each([
    ["this host", "0.0.0.0", "127.0.0.1", "127.255.0.9", "::", "::1"],
    ["private networks", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "fc00::1", "fd12::1"],
    [
      "link-local and metadata",
      "169.254.169.254",
      "168.63.129.16",
      "100.100.100.200",
      "fe80::1",
      "fe80::1%eth0",
      "fd00:ec2::254",
    ],
    ["multicast, broadcast, reserved", "224.0.0.1", "239.1.1.1", "255.255.255.255", "240.0.0.1", "ff02::1"],
    [
      "IPv4 inside IPv6",
      "::ffff:127.0.0.1",
      "::ffff:1.1.1.1",
      "::127.0.0.1",
      "64:ff9b::7f00:1",
      "2002:7f00:1::",
      "2001:0:1::",
    ],
    ["documentation and tests", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "2001:db8::1"],
    ["what is no address", "", "localhost", "1.2.3", "0x7f000001", "2130706433", "1.1.1.1:80"],
  ])("refuses %s", (_what, ...addresses) => {
    expect(addresses.filter(isPublicAddress)).toEqual([]);
  });
});
