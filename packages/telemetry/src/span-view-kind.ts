/** What a span is to a reader, whatever dialect it was written in. */
export const VIEW_KINDS = [
  "agent",
  "llm",
  "tool",
  "retriever",
  "embedding",
  "memory",
  "chain",
  "evaluator",
  "a2a",
  "mcp",
  "http",
  "internal",
] as const;
export type ViewKind = (typeof VIEW_KINDS)[number];
