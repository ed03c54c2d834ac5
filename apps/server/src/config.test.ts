import { expect, test } from "vitest";
import { readServerConfig } from "./config.ts";

test("BERTH_RATE_LIMIT is off, a number of calls per minute, or the platform's own", () => {
  const rateLimit = (text: string): unknown => readServerConfig({ BERTH_RATE_LIMIT: text }, "/").rateLimit;
  expect([rateLimit(""), rateLimit("off"), rateLimit("120")]).toEqual([undefined, "off", 120]);
  for (const text of ["0", "-1", "1.5", "many"]) {
    expect(() => rateLimit(text)).toThrow(`BERTH_RATE_LIMIT: "${text}" is neither off nor a number`);
  }
});

test("BERTH_ANCHOR_TSA is an address and BERTH_ANCHOR_FILE a path", () => {
  const anchors = (tsa: string, file = ""): unknown =>
    readServerConfig({ BERTH_ANCHOR_TSA: tsa, BERTH_ANCHOR_FILE: file }, "/srv").anchors;
  expect(anchors("")).toEqual({});
  const both = { timeStampUrl: "https://tsa.example/tsr", file: "/srv/anchors.jsonl" };
  expect(anchors("https://tsa.example/tsr", "anchors.jsonl")).toEqual(both);
  for (const text of ["tsa.example", "ftp://tsa.example", "x"]) {
    expect(() => anchors(text)).toThrow("BERTH_ANCHOR_TSA: must be an address");
  }
});
