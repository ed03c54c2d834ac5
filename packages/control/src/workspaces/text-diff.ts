/** Lines of context around a change, as `diff -u` has them. */
const CONTEXT = 3;
/** Changed lines up to which the shortest way is looked for; what differs more is shown as replaced. Bounds time and memory. */
const MAX_EDITS = 1_000;
const NO_NEWLINE = "\\ No newline at end of file";

interface Edit {
  readonly kind: " " | "-" | "+";
  readonly line: string;
}

/**
 * The unified diff of two texts; "" when they are equal. Takes time in proportion to the lines times MAX_EDITS at most.
 */
export function unifiedDiff(
  before: string,
  after: string,
  labels: { readonly from: string; readonly to: string },
): string {
  if (before === after) return "";
  const edits = editsBetween(toLines(before), toLines(after));
  const hunks = hunksOf(edits).map((hunk) => renderHunk(edits, hunk));
  return `--- ${labels.from}\n+++ ${labels.to}\n${hunks.join("")}`;
}

/** Each line with its line break, so that a missing last one is a difference. */
function toLines(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function editsBetween(before: readonly string[], after: readonly string[]): readonly Edit[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let [endBefore, endAfter] = [before.length, after.length];
  while (endBefore > start && endAfter > start && before[endBefore - 1] === after[endAfter - 1]) {
    endBefore -= 1;
    endAfter -= 1;
  }
  const [left, right] = [before.slice(start, endBefore), after.slice(start, endAfter)];
  return [
    ...before.slice(0, start).map((line): Edit => ({ kind: " ", line })),
    ...(shortestEdits(left, right) ?? replacement(left, right)),
    ...before.slice(endBefore).map((line): Edit => ({ kind: " ", line })),
  ];
}

function replacement(before: readonly string[], after: readonly string[]): readonly Edit[] {
  return [...before.map((line): Edit => ({ kind: "-", line })), ...after.map((line): Edit => ({ kind: "+", line }))];
}

/** E. W. Myers, An O(ND) Difference Algorithm (1986), the greedy form; undefined when it takes more than MAX_EDITS. */
function shortestEdits(before: readonly string[], after: readonly string[]): readonly Edit[] | undefined {
  const furthest = new Int32Array(2 * MAX_EDITS + 3);
  const origin = MAX_EDITS + 1;
  const at = (diagonal: number): number => furthest[origin + diagonal] ?? 0;
  const trace: Int32Array[] = [];
  for (let edits = 0; edits <= MAX_EDITS; edits += 1) {
    trace.push(furthest.slice(origin - edits - 1, origin + edits + 2));
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      const down = diagonal === -edits || (diagonal !== edits && at(diagonal - 1) < at(diagonal + 1));
      let x = down ? at(diagonal + 1) : at(diagonal - 1) + 1;
      while (x < before.length && x - diagonal < after.length && before[x] === after[x - diagonal]) x += 1;
      furthest[origin + diagonal] = x;
      if (x >= before.length && x - diagonal >= after.length) return walkBack(before, after, trace);
    }
  }
  return undefined;
}

/** From the end to the beginning over what each round had reached. */
function walkBack(before: readonly string[], after: readonly string[], trace: readonly Int32Array[]): readonly Edit[] {
  const reversed: Edit[] = [];
  let [x, y] = [before.length, after.length];
  const same = (): void => {
    x -= 1;
    y -= 1;
    reversed.push({ kind: " ", line: before[x] ?? "" });
  };
  for (let edits = trace.length - 1; edits > 0; edits -= 1) {
    const reached = trace[edits] ?? new Int32Array();
    const at = (diagonal: number): number => reached[diagonal + edits + 1] ?? 0;
    const diagonal = x - y;
    const down = diagonal === -edits || (diagonal !== edits && at(diagonal - 1) < at(diagonal + 1));
    const fromX = at(down ? diagonal + 1 : diagonal - 1);
    const fromY = fromX - (down ? diagonal + 1 : diagonal - 1);
    while (x > fromX && y > fromY) same();
    if (down) reversed.push({ kind: "+", line: after[fromY] ?? "" });
    else reversed.push({ kind: "-", line: before[fromX] ?? "" });
    [x, y] = [fromX, fromY];
  }
  while (x > 0) same();
  return reversed.toReversed();
}

interface Hunk {
  readonly from: number;
  readonly to: number;
}

/** Changes that are so near each other that their contexts meet share a hunk. */
function hunksOf(edits: readonly Edit[]): readonly Hunk[] {
  const hunks: Hunk[] = [];
  for (const [index, { kind }] of edits.entries()) {
    if (kind === " ") continue;
    const [from, to] = [Math.max(0, index - CONTEXT), Math.min(edits.length, index + CONTEXT + 1)];
    const last = hunks.at(-1);
    if (last !== undefined && from <= last.to) hunks[hunks.length - 1] = { from: last.from, to };
    else hunks.push({ from, to });
  }
  return hunks;
}

function renderHunk(edits: readonly Edit[], { from, to }: Hunk): string {
  const shown = edits.slice(from, to);
  const count = (side: "-" | "+", of: readonly Edit[]): number =>
    of.reduce((sum, { kind }) => sum + (kind === " " || kind === side ? 1 : 0), 0);
  const range = (side: "-" | "+"): string => {
    const lines = count(side, shown);
    const begin = count(side, edits.slice(0, from)) + (lines === 0 ? 0 : 1);
    return `${side}${begin}${lines === 1 ? "" : `,${lines}`}`;
  };
  const body = shown.map(({ kind, line }) => `${kind}${line.endsWith("\n") ? line : `${line}\n${NO_NEWLINE}\n`}`);
  return `@@ ${range("-")} ${range("+")} @@\n${body.join("")}`;
}
