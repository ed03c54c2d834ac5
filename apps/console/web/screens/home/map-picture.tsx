import { Link } from "@tanstack/react-router";
import { useEffect, useId, useRef } from "react";
import { NODE, edgePath } from "./call-map.ts";
import type { CallEdge, CallMap, MapNode } from "./call-map.ts";

const NAME_LENGTH = 18;
/** What goes around ends this far right of where it began at most. */
const TIP = 10;

/** Boxes and arrows; a call runs along its arrow once, for those who do not mind motion. */
export function MapPicture({ map: { nodes, edges, width, height } }: { readonly map: CallMap }) {
  const id = useId();
  const find = (name: string | undefined) => nodes.find((node) => node.name === name);
  return (
    <svg
      role="group"
      aria-label="Who called whom in the last hour"
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      className="mx-auto my-2 block max-w-none"
    >
      <defs>
        <marker
          id={`${id}-tip`}
          viewBox="0 0 8 8"
          refX={5}
          refY={4}
          markerWidth={7}
          markerHeight={7}
          markerUnits="userSpaceOnUse"
          orient="auto"
        >
          <path d="M0 0 L8 4 L0 8 Z" fill="var(--line-strong)" />
        </marker>
      </defs>
      {edges.map((edge) => {
        const [from, to] = [find(edge.from), find(edge.to)];
        if (from === undefined || to === undefined) return undefined;
        return <Edge key={`${edge.from ?? ""} ${edge.to}`} edge={edge} path={edgePath(from, to)} tip={`${id}-tip`} />;
      })}
      {nodes.map((node) =>
        node.name === undefined ? (
          <Outside key="" node={node} />
        ) : (
          <Node key={node.name} node={node} name={node.name} />
        ),
      )}
    </svg>
  );
}

function Edge({ edge, path, tip }: { readonly edge: CallEdge; readonly path: string; readonly tip: string }) {
  const dot = useRef<SVGCircleElement>(null);
  const before = useRef(edge.lastUs);
  useEffect(() => {
    if (edge.lastUs <= before.current) return;
    before.current = edge.lastUs;
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    dot.current?.animate(
      [
        { offsetDistance: "0%", opacity: 1 },
        { offsetDistance: "90%", opacity: 1 },
        { offsetDistance: "100%", opacity: 0 },
      ],
      { duration: 900, easing: "ease-in-out" },
    );
  }, [edge.lastUs]);
  const label = [
    `${edge.calls}`,
    ...(edge.open > 0 ? [`${edge.open} now`] : []),
    ...(edge.failed > 0 ? [`${edge.failed} failed`] : []),
  ].join(", ");
  const place = labelPlace(path);
  return (
    <g>
      <path
        d={path}
        fill="none"
        stroke={edge.failed > 0 ? "var(--bad)" : "var(--line-strong)"}
        strokeWidth={1 + Math.min(3, Math.log10(edge.calls + 1))}
        strokeDasharray={edge.failed === edge.calls ? "5 4" : undefined}
        markerEnd={`url(#${tip})`}
      />
      <circle ref={dot} r={4} fill="var(--accent)" opacity={0} style={{ offsetPath: `path("${path}")` }} />
      <text
        x={place.x}
        y={place.y}
        textAnchor={place.anchor}
        className="fill-text text-[11px] [paint-order:stroke]"
        stroke="var(--panel)"
        strokeWidth={4}
      >
        {label}
      </text>
    </g>
  );
}

function Node({ node, name }: { readonly node: MapNode; readonly name: string }) {
  const shortName = name.length > NAME_LENGTH ? `${name.slice(0, NAME_LENGTH - 1)}…` : name;
  const detail = `${node.state ?? "gone"} · ${node.calls} ${node.calls === 1 ? "call" : "calls"}`;
  return (
    <Link to="/agents/$name" params={{ name }}>
      <rect
        x={node.x}
        y={node.y}
        width={NODE.width}
        height={NODE.height}
        rx={7}
        fill="var(--panel)"
        stroke="var(--line-strong)"
      />
      <text x={node.x + 12} y={node.y + 19} className="fill-text text-[13px] font-semibold">
        {`${shortName} `}
      </text>
      <text x={node.x + 12} y={node.y + 34} className="fill-muted text-[11px]">
        {detail}
      </text>
    </Link>
  );
}

function Outside({ node }: { readonly node: MapNode }) {
  return (
    <g>
      <rect
        x={node.x}
        y={node.y}
        width={NODE.width}
        height={NODE.height}
        rx={NODE.height / 2}
        fill="var(--sunken)"
        stroke="var(--line-strong)"
        strokeDasharray="4 3"
      />
      <text x={node.x + NODE.width / 2} y={node.y + 26} textAnchor="middle" className="fill-text text-[13px]">
        From outside
      </text>
    </g>
  );
}

/** `M x y C x y x y x y`: above the tip of what goes on, below that of what goes back, beside the middle of what goes around. */
function labelPlace(path: string): { readonly x: number; readonly y: number; readonly anchor: "start" | "end" } {
  const [x0 = 0, y0 = 0, x1 = 0, , , , x3 = 0, y3 = 0] = (path.match(/-?[\d.]+/g) ?? []).map(Number);
  if (x3 > x0 + TIP) return { x: x3 - 8, y: y3 - 6, anchor: "end" };
  if (x3 < x0 - TIP) return { x: x3 + 8, y: y3 + 14, anchor: "start" };
  return { x: x0 + (x1 - x0) * 0.75 + 6, y: (y0 + y3) / 2 + 4, anchor: "start" };
}
