import { PatternError, parsePattern } from "./parse-pattern.ts";
import type { PatternNode } from "./parse-pattern.ts";

/** Whether the pattern matches anywhere in the text. */
export type Pattern = (text: string) => boolean;

/** Together with MAX_MATCHED_LENGTH this bounds the work of one match. */
const MAX_STEPS = 500;
export const MAX_MATCHED_LENGTH = 10_000;

type Step =
  | { readonly op: "one"; readonly matches: (codePoint: number) => boolean }
  | { readonly op: "assert"; readonly holds: (before: number | undefined, after: number | undefined) => boolean }
  | { readonly op: "split"; readonly to: readonly number[] }
  | { readonly op: "end" };

/**
 * Patterns come from strangers, so all ways through one are walked at the same time (Thompson's construction): the time
 * is at most the pattern's length times the text's, whatever either says. @throws PatternError
 */
export function compilePattern(text: string): Pattern {
  const steps: Step[] = [];
  emit(parsePattern(text), steps);
  push(steps, { op: "end" });
  return (subject) => matches(steps, subject);
}

function push(steps: Step[], step: Step): number {
  if (steps.length >= MAX_STEPS)
    throw new PatternError("the pattern is too large, once its repetitions are written out");
  return steps.push(step) - 1;
}

function emit(node: PatternNode, steps: Step[]): void {
  switch (node.kind) {
    case "one":
      push(steps, { op: "one", matches: node.matches });
      return;
    case "assert":
      push(steps, { op: "assert", holds: node.holds });
      return;
    case "all":
      for (const each of node.nodes) emit(each, steps);
      return;
    case "any":
      emitAny(node.nodes, steps);
      return;
    case "repeat":
      for (let n = 0; n < node.min; n++) emit(node.node, steps);
      if (node.max === Infinity) emitLoop(node.node, steps);
      else emitOptional(node.node, node.max - node.min, steps);
  }
}

function emitAny(nodes: readonly PatternNode[], steps: Step[]): void {
  if (nodes.length === 1) {
    for (const each of nodes) emit(each, steps);
    return;
  }
  const split = push(steps, { op: "end" });
  const starts: number[] = [];
  const exits: number[] = [];
  for (const each of nodes) {
    starts.push(steps.length);
    emit(each, steps);
    exits.push(push(steps, { op: "end" }));
  }
  steps[split] = { op: "split", to: starts };
  for (const exit of exits) steps[exit] = { op: "split", to: [steps.length] };
}

function emitLoop(node: PatternNode, steps: Step[]): void {
  const split = push(steps, { op: "end" });
  emit(node, steps);
  push(steps, { op: "split", to: [split] });
  steps[split] = { op: "split", to: [split + 1, steps.length] };
}

function emitOptional(node: PatternNode, times: number, steps: Step[]): void {
  const splits: number[] = [];
  for (let n = 0; n < times; n++) {
    splits.push(push(steps, { op: "end" }));
    emit(node, steps);
  }
  for (const split of splits) steps[split] = { op: "split", to: [split + 1, steps.length] };
}

function matches(steps: readonly Step[], subject: string): boolean {
  const codes = Array.from(subject, (character) => character.codePointAt(0) ?? 0);
  // The last place at which a step was reached, counted from 1.
  const seen = new Int32Array(steps.length);
  let waiting: number[] = [];
  for (let at = 0; at <= codes.length; at++) {
    const before = codes[at - 1];
    const after = codes[at];
    // A match may begin anywhere.
    const here = reach(steps, [...waiting, 0], { before, after, at: at + 1, seen });
    if (here === "end") return true;
    if (after === undefined) return false;
    waiting = [];
    for (const index of here) {
      const step = steps[index];
      if (step?.op === "one" && step.matches(after)) waiting.push(index + 1);
    }
  }
  return false;
}

interface Place {
  readonly before: number | undefined;
  readonly after: number | undefined;
  readonly at: number;
  readonly seen: Int32Array;
}

/** The steps that can be reached without taking a character. */
function reach(steps: readonly Step[], from: number[], { before, after, at, seen }: Place): readonly number[] | "end" {
  const reached: number[] = [];
  const open = from;
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    if (seen[index] === at) continue;
    seen[index] = at;
    const step = steps[index];
    if (step?.op === "end") return "end";
    if (step?.op === "one") reached.push(index);
    if (step?.op === "split") open.push(...step.to);
    if (step?.op === "assert" && step.holds(before, after)) open.push(index + 1);
  }
  return reached;
}
