import { clsx } from "clsx";
import { ArrowDown, ArrowUp, CircleAlert } from "lucide-react";
import { useMemo, useRef, useState } from "react";
import type { ReactNode } from "react";
import { plainText } from "../../ui/plain-text.ts";
import { formatCost, formatDuration } from "../../ui/time.tsx";
import { KIND_LOOKS, KindIcon, summaryFor } from "./kind-look.tsx";
import { selfUs } from "./model/self-time.ts";
import { endOf } from "./model/trace-tree.ts";
import type { TraceParts } from "./trace-parts.ts";
import { useBoxSize } from "../../ui/use-box-size.ts";

const ROW = 28;
const COLUMNS = [
  { id: "name", label: "Span", right: false },
  { id: "kind", label: "Kind", right: false },
  { id: "start", label: "Start", right: true },
  { id: "took", label: "Took", right: true },
  { id: "self", label: "Self", right: true },
  { id: "tokens", label: "Tokens", right: true },
  { id: "cost", label: "Cost", right: true },
] as const;
type ColumnId = (typeof COLUMNS)[number]["id"];

/** The same spans in words and numbers, by any column. */
export function SpanTable({ parts }: { readonly parts: TraceParts }) {
  const { tree, visible, nowUs, active, setActive } = parts;
  const [sort, setSort] = useState<{ readonly by: ColumnId; readonly down: boolean }>({ by: "start", down: false });
  const box = useRef<HTMLDivElement>(null);
  const { height } = useBoxSize(box);
  const [scrollTop, setScrollTop] = useState(0);
  const order = useMemo(() => {
    const places = [...visible.rows];
    if (sort.by === "start" && !sort.down) return places;
    const values = new Map(places.map((at) => [at, sortValue(parts, at, sort.by)]));
    const direction = sort.down ? -1 : 1;
    return places.toSorted((a, b) => {
      const [x, y] = [values.get(a) ?? 0, values.get(b) ?? 0];
      return (typeof x === "string" ? x.localeCompare(String(y)) : x - Number(y)) * direction || a - b;
    });
    // The rest of the parts says nothing about the order.
  }, [visible, sort, nowUs]);
  const first = Math.max(0, Math.floor(scrollTop / ROW) - 4);
  const last = Math.min(order.length, first + Math.ceil(height / ROW) + 8);
  return (
    <div
      ref={box}
      tabIndex={0}
      role="region"
      aria-label="Spans as a table"
      className="h-[58dvh] min-h-72 overflow-auto rounded-md border border-line bg-panel"
      onScroll={({ currentTarget }) => setScrollTop(currentTarget.scrollTop)}
    >
      <table className="w-full border-separate border-spacing-0 text-xs" aria-rowcount={order.length + 1}>
        <caption className="sr-only">Spans of the trace</caption>
        <thead>
          <tr>
            {COLUMNS.map(({ id, label, right }) => (
              <th
                key={id}
                scope="col"
                aria-sort={sort.by !== id ? "none" : sort.down ? "descending" : "ascending"}
                className={clsx(
                  "sticky top-0 z-[1] border-b border-line bg-panel px-2",
                  right ? "text-right" : "text-left",
                )}
              >
                <button
                  type="button"
                  className="inline-flex min-h-8 items-center gap-1 font-semibold whitespace-nowrap text-muted"
                  onClick={() => setSort({ by: id, down: sort.by === id ? !sort.down : right && id !== "start" })}
                >
                  {label}
                  {sort.by !== id ? undefined : sort.down ? (
                    <ArrowDown size={12} aria-hidden />
                  ) : (
                    <ArrowUp size={12} aria-hidden />
                  )}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Spacer height={first * ROW} />
          {order.slice(first, last).map((at, index) => {
            const span = tree.spans[at];
            if (span === undefined) return undefined;
            const { kind, tokens, costMicros, costSource } = summaryFor(span);
            const isError = span.status === "error";
            return (
              <tr
                key={span.spanId}
                aria-rowindex={first + index + 2}
                className={span.spanId === active ? "bg-accent-soft" : "hover:bg-sunken"}
                style={{ height: ROW }}
              >
                <td className="max-w-0 min-w-40 px-2" style={{ width: "45%" }}>
                  <button
                    type="button"
                    data-row
                    onClick={() => setActive(span.spanId, true)}
                    className="flex min-h-6 w-full items-center gap-1.5 text-left hover:underline"
                    style={{ paddingLeft: Math.min(10, tree.depth[at] ?? 0) * 10 }}
                  >
                    {isError ? <CircleAlert size={13} className="shrink-0 text-bad" aria-label="failed" /> : undefined}
                    <span className={clsx("truncate", isError && "text-bad")}>{plainText(span.name)}</span>
                  </button>
                </td>
                <td className="px-2 whitespace-nowrap">
                  <span className="inline-flex items-center gap-1">
                    <KindIcon kind={kind} />
                    {KIND_LOOKS[kind].label}
                  </span>
                </td>
                <Numeric>{formatDuration(Math.max(0, span.startUs - tree.startUs))}</Numeric>
                <Numeric>
                  {formatDuration(endOf(span, nowUs) - span.startUs)}
                  {span.endUs === undefined ? " so far" : ""}
                </Numeric>
                <Numeric>{formatDuration(selfUs(tree, at, nowUs))}</Numeric>
                <Numeric>{tokens === undefined ? "" : `${tokens.input ?? 0} → ${tokens.output ?? 0}`}</Numeric>
                <Numeric>
                  {costMicros === undefined ? "" : formatCost(costMicros)}
                  {costSource === "claimed" ? " claimed" : ""}
                </Numeric>
              </tr>
            );
          })}
          <Spacer height={(order.length - last) * ROW} />
        </tbody>
      </table>
    </div>
  );
}

function Numeric({ children }: { readonly children: ReactNode }) {
  return <td className="px-2 text-right whitespace-nowrap tabular-nums">{children}</td>;
}

function Spacer({ height }: { readonly height: number }) {
  if (height <= 0) return undefined;
  return (
    <tr aria-hidden>
      <td colSpan={COLUMNS.length} style={{ height, padding: 0 }} />
    </tr>
  );
}

function sortValue({ tree, nowUs }: TraceParts, at: number, by: ColumnId): number | string {
  const span = tree.spans[at];
  if (span === undefined) return 0;
  const summary = summaryFor(span);
  switch (by) {
    case "name":
      return span.name;
    case "kind":
      return summary.kind;
    case "start":
      return span.startUs;
    case "took":
      return endOf(span, nowUs) - span.startUs;
    case "self":
      return selfUs(tree, at, nowUs);
    case "tokens":
      return (summary.tokens?.input ?? 0) + (summary.tokens?.output ?? 0);
    default:
      return summary.costMicros ?? 0;
  }
}
