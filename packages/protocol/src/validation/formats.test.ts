import { describe, expect, it } from "vitest";
import { bytes, httpUrl, timestamp } from "./formats.ts";
import { parseWith } from "./place.ts";

describe("timestamp", () => {
  it.each([
    ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000Z"],
    ["2026-01-31t12:00:00.123456789z", "2026-01-31T12:00:00.123Z"],
    ["2026-01-31T12:00:00+02:00", "2026-01-31T10:00:00.000Z"],
    ["2024-02-29T23:59:59.5-00:30", "2024-03-01T00:29:59.500Z"],
  ])("reads %s as %s", (value, expected) => {
    expect(parseWith(timestamp, value)).toBe(expected);
  });

  it.each([
    ["2026-01-31"],
    ["2026-02-30T00:00:00Z"],
    ["2026-01-31T25:00:00Z"],
    ["2026-01-31T12:00:00"],
    ["now"],
    [0],
    [""],
  ])("refuses %j", (value) => {
    expect(() => parseWith(timestamp, value)).toThrow("RFC 3339");
  });
});

describe("bytes", () => {
  it.each([
    ["", ""],
    ["aGk=", "aGk="],
    ["aGk", "aGk="],
    ["-_-_", "+/+/"],
    ["_w", "/w=="],
  ])("reads %j as padded base64", (value, expected) => {
    expect(parseWith(bytes, value)).toBe(expected);
  });

  it.each([["a"], ["aGk=="], ["aG k"], ["aGk\n"], ["a==="], ["=aGk"], ["ä"], [1]])("refuses %j", (value) => {
    expect(() => parseWith(bytes, value)).toThrow("must be base64");
  });

  it("reads megabytes in one pass", () => {
    const long = "A".repeat(8_000_001);
    expect(() => parseWith(bytes, long)).toThrow("must be base64");
    expect(parseWith(bytes, long.slice(1))).toHaveLength(8_000_000);
  });
});

describe("httpUrl", () => {
  it.each([
    ["javascript:alert(1)"],
    ["//example.com"],
    ["ftp://example.com"],
    [""],
    [null],
    [`https://e.com/${"x".repeat(9000)}`],
  ])("refuses %j", (value) => {
    expect(() => parseWith(httpUrl, value)).toThrow("http or https URL");
  });
});
