import { expect, test } from "vitest";
import { isNetwork, isNetworkWithin, isWithin, networkOf } from "./networks.ts";

test("an address lies in a network, and an unknown one in none", () => {
  expect(isWithin(["10.0.0.0/8"], "10.1.2.3")).toBe(true);
  expect(isWithin(["10.0.0.0/8"], "::ffff:10.1.2.3")).toBe(true);
  expect(isWithin(["fe80::/10"], "fe80::1%eth0")).toBe(true);
  for (const address of [undefined, "", "11.0.0.1", "10.1.2.3.4", "a", "10.0.0.0/8", "::10.1.2.3"]) {
    expect(isWithin(["10.0.0.0/8"], address), address).toBe(false);
  }
});

test("a network reads as one address with or without a prefix", () => {
  for (const text of ["10.0.0.0/8", "10.1.2.3", "::/0", "2001:db8::/32", "::1"])
    expect(isNetwork(text), text).toBe(true);
  for (const text of ["", "10.0.0.0/33", "::/129", "10/8", "010.0.0.1", "x", "::ffff:10.0.0.0/104", "10.0.0.0/8/8"]) {
    expect(isNetwork(text), text).toBe(false);
  }
});

test("a network lies within another only as a whole", () => {
  expect(isNetworkWithin(["10.0.0.0/8"], "10.2.0.0/16")).toBe(true);
  expect(isNetworkWithin(["10.0.0.0/8"], "10.0.0.1")).toBe(true);
  for (const text of ["10.0.0.0/7", "11.0.0.0/16", "0.0.0.0/0", "::/0", "nonsense"]) {
    expect(isNetworkWithin(["10.0.0.0/8"], text), text).toBe(false);
  }
});

test("one caller is an IPv4 address or an IPv6 /64, however it is spelled", () => {
  expect(networkOf("::ffff:192.0.2.1")).toBe("192.0.2.1");
  const same = ["2001:db8:0:1::1", "2001:0DB8:0:1:ffff::", "2001:db8:0:1:1:2:3:4"].map(networkOf);
  expect(new Set(same)).toEqual(new Set(["2001:db8:0:1::/64"]));
  expect(networkOf("2001:db8:0:2::1")).not.toBe(same[0]);
  expect(networkOf("::1")).toBe("0:0:0:0::/64");
  expect(networkOf(undefined)).toBe("unknown");
});
