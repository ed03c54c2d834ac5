import { Suspense, lazy } from "react";

const Body = lazy(async () => ({ default: (await import("./markdown-body.tsx")).MarkdownBody }));

/** Markdown of a stranger; the parser is loaded when the first text is shown, and until then the text itself is. */
export function Markdown({ text }: { readonly text: string }) {
  return (
    <Suspense
      fallback={<pre className="font-sans text-sm break-words whitespace-pre-wrap">{text.slice(0, 20_000)}</pre>}
    >
      <Body text={text} />
    </Suspense>
  );
}
