import { expect, test } from "vitest";
import { callEdges, edgePath, layOutMap } from "./call-map.ts";
import type { CallSpan, TaskStart } from "./call-map.ts";

let next = 0;
const call = (agent: string, to: string, more: Partial<CallSpan> = {}): CallSpan => ({
  spanId: String(next++),
  agent,
  status: "ok",
  startUs: 1_000,
  endUs: 2_000,
  attributes: { "gen_ai.tool.name": `${to}/skill` },
  ...more,
});
const task = (agent: string, more: Partial<TaskStart> = {}): TaskStart => ({
  agent,
  createdAt: "2026-11-29T12:00:00.000Z",
  isOpen: false,
  hasFailed: false,
  ...more,
});

test("who called whom is counted, and what no agent called came from outside", () => {
  const open: CallSpan = {
    spanId: "x",
    agent: "boss",
    status: "unset",
    startUs: 9_000,
    attributes: { "gen_ai.tool.name": "reader/read" },
  };
  const edges = callEdges(
    [call("boss", "reader"), call("boss", "reader", { status: "error" }), open, call("", "x", { attributes: {} })],
    [
      task("boss"),
      task("boss", { hasFailed: true }),
      task("reader"),
      task("reader"),
      task("reader"),
      task("echo", { isOpen: true }),
    ],
  );
  expect(edges.map(({ from, to, calls, failed, open: under }) => [from, to, calls, failed, under])).toEqual([
    ["boss", "reader", 3, 1, 1],
    [undefined, "boss", 2, 1, 0],
    [undefined, "echo", 1, 0, 1],
  ]);
});

test("callers stand left of whom they call, and nobody is lost in a circle", () => {
  const agents = ["boss", "reader", "echo", "loner"].map((name) => ({ name, state: "ready" as const }));
  const spans = [call("boss", "reader"), call("reader", "boss"), call("boss", "boss"), call("a", "b"), call("b", "a")];
  const map = layOutMap(agents, callEdges(spans, [task("boss"), task("boss"), task("boss"), task("boss")]));
  const x = (name: string | undefined) => map.nodes.find((node) => node.name === name)?.x ?? Number.NaN;
  expect(x(undefined)).toBeLessThan(x("boss"));
  expect(x("boss")).toBeLessThan(x("reader"));
  expect(new Set(map.nodes.map(({ name }) => name))).toEqual(new Set(["a", "b", "boss", "reader", undefined]));
  expect(map.idle).toEqual(["echo", "loner"]);
  const places = map.nodes.map(({ x: left, y }) => `${left} ${y}`);
  expect(new Set(places).size).toBe(places.length);
  for (const { from, to } of map.edges) {
    const [a, b] = [from, to].map((name) => map.nodes.find((node) => node.name === name));
    expect(a !== undefined && b !== undefined && edgePath(a, b)).toMatch(/^M[\d.]+ [\d.]+ C/);
  }
});

test("has bounds, and an empty one too", () => {
  expect(layOutMap([], [])).toMatchObject({ nodes: [], edges: [], idle: [] });
  const many = Array.from({ length: 300 }, (_, n) => call(`a${n}`, `a${n + 1}`));
  expect(layOutMap([], callEdges(many, [])).nodes.length).toBeLessThanOrEqual(40);
});
