import { expect, test } from "vitest";
import { toCsv } from "./csv.ts";

test("cells are quoted where they must be, and rows end as RFC 4180 says", () => {
  expect(
    toCsv([
      ["a", 'say "hi"'],
      ["x,y", "two\nlines"],
    ]),
  ).toBe('a,"say ""hi"""\r\n"x,y","two\nlines"\r\n');
});

test.each(["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", " =1", "\r=1", "|calc", "%0A", "\uff1d1", "-cmd|' /C calc'!A0"])(
  "a spreadsheet never runs %j",
  (name) => {
    expect(toCsv([[name]]).replace(/^"/, "")).toMatch(/^'/);
  },
);

test("numbers stay numbers", () => {
  expect(toCsv([["-0.5", "12", "3.25"]])).toBe("-0.5,12,3.25\r\n");
});
