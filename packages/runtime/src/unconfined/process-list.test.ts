import { expect, it } from "vitest";
import { parseProcess } from "./process-list.ts";

it("reads what ps prints on Linux and on macOS", () => {
  expect(parseProcess("   12     1    12  51234 1-02:03:04 Sun Nov 29 11:10:00 2026")).toEqual([
    {
      pid: 12,
      parentPid: 1,
      groupId: 12,
      residentBytes: 51234 * 1024,
      cpuMs: 93_784_000,
      startTime: "Sun Nov 29 11:10:00 2026",
    },
  ]);
  expect(parseProcess("  834   611   834  4096   1:23.45 Sun 29 Nov 11:10:00 2026    ")).toEqual([
    {
      pid: 834,
      parentPid: 611,
      groupId: 834,
      residentBytes: 4096 * 1024,
      cpuMs: 83_000,
      startTime: "Sun 29 Nov 11:10:00 2026",
    },
  ]);
  expect(parseProcess("")).toEqual([]);
});
