import { expect, test } from "vitest";
import { readServerConfig } from "./config.ts";

test("BERTH_RATE_LIMIT is off, a number of calls per minute, or the platform's own", () => {
  const rateLimit = (text: string): unknown => readServerConfig({ BERTH_RATE_LIMIT: text }, "/").rateLimit;
  expect([rateLimit(""), rateLimit("off"), rateLimit("120")]).toEqual([undefined, "off", 120]);
  for (const text of ["0", "-1", "1.5", "many"]) {
    expect(() => rateLimit(text)).toThrow(`BERTH_RATE_LIMIT: "${text}" is neither off nor a number`);
  }
});
