import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { JsonView } from "../../ui/json-view.tsx";
import { Markdown } from "../../ui/markdown.tsx";
import { plainText } from "../../ui/plain-text.ts";
import { Loaded } from "../../ui/status.tsx";
import { formatBytes } from "../../ui/time.tsx";
import { contentQuery, essence } from "./file.ts";
import type { WorkspaceFile } from "./file.ts";
import { CsvTable } from "./csv-table.tsx";

/** What is in a file, as far as it can be shown without running any of it. */
export function Preview({ file }: { readonly file: WorkspaceFile }) {
  if (file.digest === undefined)
    return <p className="p-4 text-sm text-muted">Deleted in this version. Older ones can still be read.</p>;
  return (
    <Loaded query={useQuery(contentQuery(file))} what="the content">
      {(content) => {
        switch (content.kind) {
          case "text":
            return <Text file={file} text={content.text} />;
          case "image":
            return <Picture blob={content.blob} label={plainText(file.path)} />;
          case "large":
            return (
              <p className="p-4 text-sm text-muted">
                {formatBytes(file.bytes)} are too much to show. Save it to look at it.
              </p>
            );
          default:
            return (
              <p className="p-4 text-sm text-muted">
                This is no text. Save it to look at it with a program that knows it.
              </p>
            );
        }
      }}
    </Loaded>
  );
}

function Text({ file, text }: { readonly file: WorkspaceFile; readonly text: string }) {
  const type = essence(file.mediaType);
  if (type === "text/markdown" || /\.(md|markdown)$/i.test(file.path)) {
    return (
      <div className="p-4">
        <Markdown text={text} />
      </div>
    );
  }
  if (type === "text/csv" || /\.csv$/i.test(file.path)) return <CsvTable text={text} />;
  if (type === "application/json") {
    const value = readJson(text);
    if (value !== undefined) return <JsonView value={value} label="Content" maxChars={200_000} />;
  }
  return (
    <pre
      tabIndex={0}
      aria-label="Content"
      className="max-h-[70dvh] overflow-auto p-4 font-mono text-xs break-words whitespace-pre-wrap"
    >
      {plainText(text)}
    </pre>
  );
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function Picture({ blob, label }: { readonly blob: Blob; readonly label: string }) {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    const made = URL.createObjectURL(blob);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return url === undefined ? undefined : (
    <img src={url} alt={label} className="mx-auto max-h-[70dvh] max-w-full object-contain p-4" />
  );
}
