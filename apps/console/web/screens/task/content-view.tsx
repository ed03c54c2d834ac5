import { Download } from "lucide-react";
import { useEffect, useState } from "react";
import type { Part } from "@berth/protocol";
import { ExternalLink } from "../../ui/external-link.tsx";
import { JsonView } from "../../ui/json-view.tsx";
import { Markdown } from "../../ui/markdown.tsx";
import { plainText } from "../../ui/plain-text.ts";
import { formatBytes } from "../../ui/time.tsx";
import { contentsOf } from "./model/outputs.ts";
import type { Content } from "./model/outputs.ts";

const MAX_MARKDOWN = 60_000;
const MAX_TEXT = 40_000;

/** What somebody said or made. Nothing of it is markup, runs or is loaded from elsewhere. */
export function ContentView({
  parts,
  name,
  isSource = false,
}: {
  readonly parts: readonly Part[];
  readonly name?: string;
  readonly isSource?: boolean;
}) {
  const contents = contentsOf(parts, name);
  if (contents.length === 0) return <p className="text-xs text-muted">Nothing in it.</p>;
  return (
    <div className="flex min-w-0 flex-col gap-2">
      {contents.map((content, index) => (
        // Contents only ever grow at the end.
        <One key={`${index} ${content.type}`} content={content} isSource={isSource} label={name ?? "content"} />
      ))}
    </div>
  );
}

function One({
  content,
  isSource,
  label,
}: {
  readonly content: Content;
  readonly isSource: boolean;
  readonly label: string;
}) {
  switch (content.type) {
    case "text":
      if (content.isMarkdown && !isSource && content.text.length <= MAX_MARKDOWN)
        return <Markdown text={content.text} />;
      return <PlainText text={content.text} isCode={isSource} />;
    case "json":
      return <JsonView value={content.value} label={`${label} as JSON`} />;
    case "link":
      return <ExternalLink address={content.url} />;
    case "image":
      return <Picture base64={content.base64} mediaType={content.mediaType} label={label} />;
    default:
      return <Bytes base64={content.base64} mediaType={content.mediaType} name={content.name} />;
  }
}

/** Of a very long text its end: that is where it grows. */
function PlainText({ text, isCode }: { readonly text: string; readonly isCode: boolean }) {
  const shown = text.length > MAX_TEXT ? text.slice(-MAX_TEXT) : text;
  return (
    <div className={isCode ? "rounded-md bg-sunken p-3 font-mono text-xs" : ""}>
      {shown === text ? undefined : (
        <p className="text-xs text-muted">{text.length - shown.length} characters before this</p>
      )}
      <p className="break-words whitespace-pre-wrap">{plainText(shown)}</p>
    </div>
  );
}

function useBlobUrl(base64: string, mediaType: string): { readonly url?: string; readonly bytes?: number } {
  const [made, setMade] = useState<{ readonly url: string; readonly bytes: number }>();
  useEffect(() => {
    const bytes = bytesOf(base64);
    if (bytes === undefined) return undefined;
    const url = URL.createObjectURL(new Blob([bytes], { type: mediaType }));
    setMade({ url, bytes: bytes.length });
    return () => URL.revokeObjectURL(url);
  }, [base64, mediaType]);
  return made ?? {};
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(base64.replaceAll("-", "+").replaceAll("_", "/")), (character) =>
      character.charCodeAt(0),
    );
  } catch {
    return undefined;
  }
}

function Picture({
  base64,
  mediaType,
  label,
}: {
  readonly base64: string;
  readonly mediaType: string;
  readonly label: string;
}) {
  const { url, bytes } = useBlobUrl(base64, mediaType);
  const [isBroken, setBroken] = useState(false);
  if (url === undefined || isBroken) return <Bytes base64={base64} mediaType={mediaType} name={label} />;
  return (
    <figure className="flex flex-col items-start gap-1">
      <img
        src={url}
        alt={`${label}, made by the agent`}
        onError={() => setBroken(true)}
        className="max-h-80 min-h-12 max-w-full rounded border border-line bg-sunken object-contain"
      />
      <figcaption className="text-xs text-muted">
        {mediaType}, {formatBytes(bytes ?? 0)}
      </figcaption>
    </figure>
  );
}

/** Bytes are saved as a file of no type: what a browser would run is not opened by it. */
function Bytes({
  base64,
  mediaType,
  name,
}: {
  readonly base64: string;
  readonly mediaType: string;
  readonly name: string;
}) {
  const { url, bytes } = useBlobUrl(base64, "application/octet-stream");
  if (url === undefined) return <p className="text-xs text-muted">{mediaType}, unreadable</p>;
  return (
    <p>
      <a href={url} download={name} className="inline-flex min-h-6 items-center gap-1.5 text-sm">
        <Download size={14} aria-hidden />
        {plainText(name)}
      </a>{" "}
      <span className="text-xs text-muted">
        {mediaType}, {formatBytes(bytes ?? 0)}
      </span>
    </p>
  );
}
