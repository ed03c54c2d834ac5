import { expect, test } from "vitest";
import { chosenValues, excludeValue, toggleValue } from "./facet-terms.ts";

test("values of a field come and go in one term", () => {
  expect(toggleValue("x", "level", "error")).toBe("x level:error");
  expect(toggleValue("level:error x", "level", "warn")).toBe("x level:error|warn");
  expect(toggleValue("x level:error|warn", "level", "error")).toBe("x level:warn");
  expect(toggleValue("x level:warn", "level", "warn")).toBe("x");
  expect(toggleValue("", "agent", "my agent")).toBe('agent:"my agent"');
  expect(chosenValues('agent:"a | b"|c', "agent")).toEqual(["a | b", "c"]);
});

test("a value can be left out, once", () => {
  expect(excludeValue("agent:a x", "agent", "b")).toBe("x -agent:b");
  expect(excludeValue("-agent:b", "agent", "b")).toBe("-agent:b");
});
