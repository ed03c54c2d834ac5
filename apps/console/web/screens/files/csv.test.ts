import { describe, expect, it } from "vitest";
import { csvRows } from "./csv.ts";

describe("csvRows", () => {
  it("reads quotes, line breaks within them, and both ends of lines", () => {
    expect(csvRows('a,b\r\n"x, ""y""","1\n2"\n\nlast,', 10)).toEqual([
      ["a", "b"],
      ['x, "y"', "1\n2"],
      ["last", ""],
    ]);
    expect(csvRows("", 10)).toEqual([]);
    expect(csvRows('"never closed', 10)).toEqual([["never closed"]]);
  });

  it("stops when there are enough", () => {
    expect(csvRows("1\n2\n3\n", 2)).toEqual([["1"], ["2"]]);
  });
});
