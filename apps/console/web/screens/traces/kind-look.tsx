import {
  ArrowLeftRight,
  Bot,
  Box,
  Boxes,
  Brain,
  Gauge,
  Globe,
  Link2,
  Plug,
  Search,
  Sparkles,
  Wrench,
} from "lucide-react";
import type { LucideIcon } from "lucide-react";
import { summaryOf } from "@berth/telemetry";
import type { SpanRecord, SpanSummary, ViewKind } from "@berth/telemetry";

interface KindLook {
  readonly label: string;
  readonly icon: LucideIcon;
  readonly className: string;
}

/** A kind has a sign and a word besides its colour. */
export const KIND_LOOKS: Readonly<Record<ViewKind, KindLook>> = {
  agent: { label: "agent", icon: Bot, className: "text-(--kind-agent)" },
  llm: { label: "model", icon: Sparkles, className: "text-(--kind-llm)" },
  tool: { label: "tool", icon: Wrench, className: "text-(--kind-tool)" },
  retriever: { label: "retriever", icon: Search, className: "text-(--kind-retriever)" },
  embedding: { label: "embedding", icon: Boxes, className: "text-(--kind-embedding)" },
  memory: { label: "memory", icon: Brain, className: "text-(--kind-memory)" },
  chain: { label: "chain", icon: Link2, className: "text-(--kind-chain)" },
  evaluator: { label: "evaluator", icon: Gauge, className: "text-(--kind-evaluator)" },
  a2a: { label: "A2A", icon: ArrowLeftRight, className: "text-(--kind-a2a)" },
  mcp: { label: "MCP", icon: Plug, className: "text-(--kind-mcp)" },
  http: { label: "HTTP", icon: Globe, className: "text-(--kind-http)" },
  internal: { label: "internal", icon: Box, className: "text-(--kind-internal)" },
};

const summaries = new WeakMap<SpanRecord, SpanSummary>();

/** Only of what is drawn: of a large trace most spans are never in sight. */
export function summaryFor(span: SpanRecord): SpanSummary {
  let summary = summaries.get(span);
  if (summary === undefined) {
    summary = summaryOf(span);
    summaries.set(span, summary);
  }
  return summary;
}

export function KindIcon({ kind }: { readonly kind: ViewKind }) {
  const { icon: Icon, className } = KIND_LOOKS[kind];
  return <Icon size={13} aria-hidden className={`shrink-0 ${className}`} />;
}
