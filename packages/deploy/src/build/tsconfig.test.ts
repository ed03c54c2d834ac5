import { expect, test } from "vitest";
import { parseTsconfig } from "./tsconfig.ts";

test("comments and trailing commas are read, strings that look like comments kept", () => {
  const text = `{
    // what for
    "compilerOptions": { "jsx": "react-jsx", /* from */ "jsxImportSource": "https://x//y", },
  }`;
  expect(parseTsconfig(text)).toEqual({ compilerOptions: { jsx: "react-jsx", jsxImportSource: "https://x//y" } });
});

test("only what changes a bundle is taken", () => {
  const text = '{ "extends": "/etc/passwd", "compilerOptions": { "outDir": "/x", "target": "es5", "jsx": 1 } }';
  expect(parseTsconfig(text)).toEqual({ compilerOptions: {} });
});

test("aliases stay inside the folder", () => {
  const paths = { "@/*": ["./src/*"], "~/*": ["lib/*", "../../x/*"], up: ["../x"], abs: 1 };
  const parsed = parseTsconfig(JSON.stringify({ compilerOptions: { baseUrl: ".", paths } }));
  expect(parsed.compilerOptions?.paths).toEqual({ "@/*": ["./src/*"], "~/*": ["./lib/*"] });
});

test("a file that is not JSON counts as none", () => {
  expect(parseTsconfig("nonsense")).toEqual({ compilerOptions: {} });
});
