import type { OutgoingHttpHeaders } from "node:http";

/** What a browser shows and never runs. Everything else is for saving. */
const SHOWN: ReadonlySet<string> = new Set([
  "text/plain",
  "text/csv",
  "text/markdown",
  "application/json",
  "image/png",
  "image/jpeg",
  "image/gif",
  "image/webp",
]);

/**
 * Of a file that somebody, or an agent, has put there: it must do nothing in a browser that shows it, not even when it
 * lies on the platform's own origin and was written to be run there.
 */
export function contentHeaders(file: { readonly path: string; readonly mediaType: string }): OutgoingHttpHeaders {
  const essence = (file.mediaType.split(";", 1)[0] ?? "").trim().toLowerCase();
  const isShown = SHOWN.has(essence);
  const isText = essence.startsWith("text/");
  const name = file.path.slice(file.path.lastIndexOf("/") + 1);
  return {
    "Content-Type": isText && !file.mediaType.includes(";") ? `${file.mediaType}; charset=utf-8` : file.mediaType,
    "Content-Disposition": `${isShown ? "inline" : "attachment"}; ${fileName(name)}`,
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
  };
}

/** RFC 6266 §5: the plain form for old clients, the other for all characters. */
function fileName(name: string): string {
  const plain = name.replaceAll(/[^\w .()+-]/g, "_");
  const encoded = encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `filename="${plain}"; filename*=UTF-8''${encoded}`;
}
