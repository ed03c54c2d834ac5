import { expect, test } from "vitest";
import { packagesOf } from "./read-bom.ts";

const bom = {
  components: [
    {
      name: "sdk",
      group: "@berth",
      version: "0.1.0",
      purl: "pkg:npm/%40berth/sdk@0.1.0",
      licenses: [{ expression: "MIT" }],
    },
    {
      name: "zod",
      version: "4.6.7",
      purl: "pkg:npm/zod@4.6.7",
      licenses: [{ license: { id: "ISC" } }, { license: 3 }],
    },
  ],
};

test("packages are found by name, version and licence", () => {
  expect(packagesOf(bom, "").map(({ name }) => name)).toEqual(["@berth/sdk", "zod"]);
  expect(packagesOf(bom, " ISC ")).toMatchObject([{ name: "zod", version: "4.6.7", licence: "ISC, " }]);
  expect(packagesOf(bom, "4.6")).toHaveLength(1);
  expect(packagesOf(bom, "nothing")).toEqual([]);
});

test("a list that somebody else wrote is read as far as it goes", () => {
  expect(packagesOf({}, "")).toEqual([]);
  const odd = { components: [null, 3, { name: ["x"], licenses: "MIT" }] } as never;
  expect(packagesOf(odd, "")).toEqual([{ purl: "", name: "", version: "", licence: "" }]);
});
