import type { Agent } from "../../api/types.ts";

/** One agent's call of another, as the platform saw it; the span's own agent is the caller. */
export interface CallSpan {
  readonly spanId: string;
  readonly agent?: string;
  readonly status: "unset" | "ok" | "error";
  readonly startUs: number;
  readonly endUs?: number;
  readonly attributes: Readonly<Record<string, unknown>>;
}

export interface CallEdge {
  /** `undefined`: from outside, people and programs with their keys. */
  readonly from: string | undefined;
  readonly to: string;
  readonly calls: number;
  readonly failed: number;
  /** Under way now. */
  readonly open: number;
  readonly lastUs: number;
}

export interface MapNode {
  readonly name: string | undefined;
  readonly state?: string;
  readonly calls: number;
  readonly x: number;
  readonly y: number;
}

export interface CallMap {
  readonly nodes: readonly MapNode[];
  readonly edges: readonly CallEdge[];
  readonly width: number;
  readonly height: number;
  /** Agents that nobody called and that call nobody. */
  readonly idle: readonly string[];
}

export interface TaskStart {
  readonly agent: string;
  readonly createdAt: string;
  readonly isOpen: boolean;
  readonly hasFailed: boolean;
}

export const NODE = { width: 148, height: 44 } as const;
const GAP = { x: 136, y: 18 } as const;
/** Room on the right for what goes around. */
const LOOP = 96;
const MARGIN = 12;
const MAX_NODES = 40;

/** What agents called one another, and what came from outside: tasks that no span accounts for. */
export function callEdges(spans: readonly CallSpan[], tasks: readonly TaskStart[]): readonly CallEdge[] {
  const edges = new Map<string, CallEdge>();
  const add = (edge: CallEdge): void => {
    const key = JSON.stringify([edge.from, edge.to]);
    const before = edges.get(key);
    edges.set(
      key,
      before === undefined
        ? edge
        : {
            ...edge,
            calls: before.calls + edge.calls,
            failed: before.failed + edge.failed,
            open: before.open + edge.open,
            lastUs: Math.max(before.lastUs, edge.lastUs),
          },
    );
  };
  const fromAgents = new Map<string, number>();
  for (const { agent, attributes, status, startUs, endUs } of spans) {
    const tool = attributes["gen_ai.tool.name"];
    const to = typeof tool === "string" ? (tool.split("/")[0] ?? "") : "";
    if (agent === undefined || to === "") continue;
    fromAgents.set(to, (fromAgents.get(to) ?? 0) + 1);
    add({
      from: agent,
      to,
      calls: 1,
      failed: status === "error" ? 1 : 0,
      open: endUs === undefined ? 1 : 0,
      lastUs: startUs,
    });
  }
  for (const agent of new Set(tasks.map((task) => task.agent))) {
    const own = tasks.filter((task) => task.agent === agent);
    const calls = own.length - (fromAgents.get(agent) ?? 0);
    if (calls <= 0) continue;
    add({
      from: undefined,
      to: agent,
      calls,
      failed: Math.min(calls, own.filter(({ hasFailed }) => hasFailed).length),
      open: Math.min(calls, own.filter(({ isOpen }) => isOpen).length),
      lastUs: Math.max(...own.map(({ createdAt }) => Date.parse(createdAt) * 1_000)),
    });
  }
  return [...edges.values()].toSorted((a, b) => b.calls - a.calls);
}

/** Callers on the left, whom they call to the right of them; who is in a circle stands where the first call came from. */
export function layOutMap(agents: readonly Pick<Agent, "name" | "state">[], edges: readonly CallEdge[]): CallMap {
  const busy = new Set(edges.flatMap(({ from, to }) => [from, to]));
  const names = [...busy].slice(0, MAX_NODES);
  const shown = edges.filter(({ from, to }) => names.includes(from) && names.includes(to));
  const columns = toColumns(depths(names, shown));
  const rows = Math.max(1, ...columns.map((column) => column.length));
  const height = rows * (NODE.height + GAP.y) - GAP.y + 2 * MARGIN;
  const nodes = columns.flatMap((column, index) => {
    const top = (height - (column.length * (NODE.height + GAP.y) - GAP.y)) / 2;
    return column.map((name, row): MapNode => {
      const state = agents.find((agent) => agent.name === name)?.state;
      return {
        name,
        ...(state === undefined ? {} : { state }),
        calls: shown
          .filter(({ from, to }) => (name === undefined ? from === name : to === name))
          .reduce((sum, { calls }) => sum + calls, 0),
        x: MARGIN + index * (NODE.width + GAP.x),
        y: top + row * (NODE.height + GAP.y),
      };
    });
  });
  return {
    nodes,
    edges: shown,
    width: 2 * MARGIN + Math.max(1, columns.length) * (NODE.width + GAP.x) - GAP.x + LOOP,
    height,
    idle: agents.map(({ name }) => name).filter((name) => !busy.has(name)),
  };
}

/** How far from outside, the shortest way; who is reached by nobody begins a line of their own. */
function depths(
  names: readonly (string | undefined)[],
  edges: readonly CallEdge[],
): ReadonlyMap<string | undefined, number> {
  const depth = new Map<string | undefined, number>();
  const called = new Set(edges.map(({ to }) => to));
  const roots = names.filter((name) => name === undefined || !called.has(name));
  let front: readonly (string | undefined)[] = roots.length > 0 ? roots : names.slice(0, 1);
  for (const name of front) depth.set(name, name === undefined ? 0 : names.includes(undefined) ? 1 : 0);
  while (depth.size < names.length) {
    const next: (string | undefined)[] = [];
    for (const name of front) {
      for (const { to } of edges.filter(({ from }) => from === name)) {
        if (depth.has(to)) continue;
        depth.set(to, (depth.get(name) ?? 0) + 1);
        next.push(to);
      }
    }
    const left = names.find((name) => !depth.has(name));
    if (next.length === 0 && left !== undefined) {
      depth.set(left, 1);
      next.push(left);
    }
    front = next;
  }
  return depth;
}

function toColumns(depth: ReadonlyMap<string | undefined, number>): readonly (readonly (string | undefined)[])[] {
  const columns: (string | undefined)[][] = [];
  for (const [name, at] of depth) (columns[at] ??= []).push(name);
  return columns.filter((column) => column !== undefined);
}

/** To the right and back it goes straight, in lanes of their own; within a column and to itself around the right sides. */
export function edgePath(from: MapNode, to: MapNode): string {
  const right = from.x + NODE.width;
  if (to.x > from.x) {
    const [startY, endY, endX] = [from.y + NODE.height / 2, to.y + NODE.height / 2, to.x - 6];
    const bend = (endX - right) / 2;
    return `M${right} ${startY} C${right + bend} ${startY} ${endX - bend} ${endY} ${endX} ${endY}`;
  }
  if (to.x < from.x) {
    const [startY, endY, endX] = [from.y + NODE.height * 0.85, to.y + NODE.height * 0.85, to.x + NODE.width + 6];
    const bend = (from.x - endX) / 2;
    return `M${from.x} ${startY} C${from.x - bend} ${startY} ${endX + bend} ${endY} ${endX} ${endY}`;
  }
  const [startY, endY, endX] = [from.y + NODE.height * 0.3, to.y + NODE.height * 0.7, to.x + NODE.width + 6];
  const bend = Math.min(48, 26 + Math.abs(endY - startY) / 4);
  return `M${right} ${startY} C${right + bend} ${startY} ${endX + bend} ${endY} ${endX} ${endY}`;
}
