import { Component, memo, useMemo } from "react";
import type { ReactNode } from "react";
import ReactMarkdown from "react-markdown";
import type { Components } from "react-markdown";
import remarkGfm from "remark-gfm";
import { ExternalLink } from "./external-link.tsx";
import { MAX_MARKDOWN, markdownBlocks } from "./markdown-blocks.ts";
import { plainText } from "./plain-text.ts";

/**
 * What a stranger wrote, as markdown. Raw HTML is text, pictures are their address, links go to http(s) only and show where.
 * Headings are no headings of the page: its outline is ours.
 */
export function MarkdownBody({ text }: { readonly text: string }) {
  const blocks = useMemo(() => markdownBlocks(plainText(text)), [text]);
  return (
    <div className="flex min-w-0 flex-col gap-2.5 text-sm break-words [unicode-bidi:isolate]">
      {blocks.map((block, at) => (
        // The place is the block's identity: a text only grows at its end.
        <Block key={at} {...block} />
      ))}
      {text.length > MAX_MARKDOWN ? (
        <p className="text-xs text-muted">
          {(text.length - MAX_MARKDOWN).toLocaleString("en")} more characters are not shown.
        </p>
      ) : undefined}
    </div>
  );
}

const Block = memo(function Block({ text, plain }: { readonly text: string; readonly plain: boolean }) {
  if (plain) return <Plain text={text} />;
  return (
    <Guard key={text} fallback={<Plain text={text} />}>
      <ReactMarkdown remarkPlugins={PLUGINS} components={COMPONENTS} urlTransform={asWritten}>
        {text}
      </ReactMarkdown>
    </Guard>
  );
});

const PLUGINS = [remarkGfm];

/** ExternalLink and Picture decide; nothing else takes an address. */
function asWritten(address: string): string {
  return address;
}

function Plain({ text }: { readonly text: string }) {
  return <pre className="font-sans break-words whitespace-pre-wrap">{text}</pre>;
}

/** A text that breaks the parser is still a text. */
class Guard extends Component<
  { readonly fallback: ReactNode; readonly children: ReactNode },
  { readonly broken: boolean }
> {
  override readonly state: { readonly broken: boolean } = { broken: false };

  static getDerivedStateFromError(): { readonly broken: boolean } {
    return { broken: true };
  }

  override render(): ReactNode {
    return this.state.broken ? this.props.fallback : this.props.children;
  }
}

function title(className: string) {
  return function Title({ children }: { readonly children?: ReactNode }) {
    return <p className={className}>{children}</p>;
  };
}

const MINOR = title("font-semibold");

const COMPONENTS: Components = {
  a: ({ href = "", children }) => <ExternalLink address={href}>{children}</ExternalLink>,
  img: ({ src, alt }) => (
    <span className="rounded bg-sunken px-1 text-muted">
      picture{alt === undefined || alt === "" ? "" : ` “${alt}”`}, not loaded:{" "}
      {typeof src === "string" ? src.slice(0, 200) : ""}
    </span>
  ),
  h1: title("text-base font-semibold"),
  h2: title("text-[0.95rem] font-semibold"),
  h3: MINOR,
  h4: MINOR,
  h5: MINOR,
  h6: MINOR,
  p: ({ children }) => <p className="whitespace-pre-line">{children}</p>,
  ul: ({ children }) => <ul className="list-disc pl-5 [&_ul]:mt-0.5">{children}</ul>,
  ol: ({ children, start }) => (
    <ol start={start} className="list-decimal pl-6">
      {children}
    </ol>
  ),
  li: ({ children }) => <li className="marker:text-muted">{children}</li>,
  input: ({ checked }) => <span className="font-mono text-xs">{checked === true ? "[x]" : "[ ]"}</span>,
  blockquote: ({ children }) => (
    <blockquote className="border-l-2 border-line-strong pl-3 text-muted">{children}</blockquote>
  ),
  hr: () => <hr className="border-line" />,
  pre: ({ children }) => (
    <pre
      tabIndex={0}
      aria-label="code"
      className="max-h-96 overflow-auto rounded-md border border-line bg-sunken p-3 font-mono text-xs [&_code]:bg-transparent [&_code]:p-0"
    >
      {children}
    </pre>
  ),
  code: ({ children }) => <code className="rounded bg-sunken px-1 py-0.5 font-mono text-[0.85em]">{children}</code>,
  table: ({ children }) => (
    <div className="overflow-x-auto" tabIndex={0} role="group" aria-label="table">
      <table className="border-collapse text-xs">{children}</table>
    </div>
  ),
  th: ({ children, style }) => (
    <th scope="col" className={`border border-line bg-sunken px-2 py-1 font-semibold ${alignOf(style?.textAlign)}`}>
      {children}
    </th>
  ),
  td: ({ children, style }) => (
    <td className={`border border-line px-2 py-1 tabular-nums ${alignOf(style?.textAlign)}`}>{children}</td>
  ),
  // Footnotes would bring ids and addresses within the page, which is ours.
  section: ({ children }) => <div className="border-t border-line pt-2 text-xs text-muted">{children}</div>,
  sup: ({ children }) => <sup>{children}</sup>,
};

function alignOf(align: unknown): string {
  return align === "right" ? "text-right" : align === "center" ? "text-center" : "text-left";
}
