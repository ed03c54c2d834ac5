import { expect, test } from "vitest";
import { readServerConfig } from "./config.ts";

test("BERTH_WORKSPACE_QUOTA is a number of bytes, with or without a unit, or the platform's own", () => {
  const quota = (text: string): unknown => readServerConfig({ BERTH_WORKSPACE_QUOTA: text }, "/").workspaceQuota;
  expect([quota(""), quota("500000"), quota("512MiB"), quota("1.5 GiB"), quota("2TiB")]).toEqual([
    undefined,
    500_000,
    512 * 2 ** 20,
    1.5 * 2 ** 30,
    2 ** 41,
  ]);
  for (const text of ["0", "-1", "many", "10GB", "GiB", "1e9", "9999TiB"]) {
    expect(() => quota(text), text).toThrow(`BERTH_WORKSPACE_QUOTA: "${text}" is no number of bytes`);
  }
});
