/** What a workspace meets most; everything else is bytes. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ["txt", "text/plain"],
  ["log", "text/plain"],
  ["md", "text/markdown"],
  ["csv", "text/csv"],
  ["tsv", "text/tab-separated-values"],
  ["html", "text/html"],
  ["htm", "text/html"],
  ["css", "text/css"],
  ["js", "text/javascript"],
  ["mjs", "text/javascript"],
  ["ts", "text/x-typescript"],
  ["py", "text/x-python"],
  ["sh", "text/x-shellscript"],
  ["sql", "application/sql"],
  ["json", "application/json"],
  ["jsonl", "application/jsonl"],
  ["yaml", "application/yaml"],
  ["yml", "application/yaml"],
  ["toml", "application/toml"],
  ["xml", "application/xml"],
  ["pdf", "application/pdf"],
  ["zip", "application/zip"],
  ["gz", "application/gzip"],
  ["tar", "application/x-tar"],
  ["parquet", "application/vnd.apache.parquet"],
  ["docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"],
  ["xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"],
  ["pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"],
  ["png", "image/png"],
  ["jpg", "image/jpeg"],
  ["jpeg", "image/jpeg"],
  ["gif", "image/gif"],
  ["webp", "image/webp"],
  ["svg", "image/svg+xml"],
  ["mp3", "audio/mpeg"],
  ["wav", "audio/wav"],
  ["mp4", "video/mp4"],
  ["webm", "video/webm"],
  ["url", "text/x-uri"],
]);

const BYTES = "application/octet-stream";
/** RFC 9110 §8.3.1, without the more unusual forms of parameters. */
const MEDIA_TYPE = /^[\w.+-]{1,64}\/[\w.+-]{1,100}(?:; ?[\w-]{1,32}=[\w.+-]{1,64}){0,4}$/;

/** By the path's extension. */
export function mediaTypeOfPath(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const dot = name.lastIndexOf(".");
  return (dot === -1 ? undefined : TYPES.get(name.slice(dot + 1).toLowerCase())) ?? BYTES;
}

/** The extension, with its dot, for content of a media type; "" where there is none. */
export function extensionOf(mediaType: string): string {
  const essence = (mediaType.split(";", 1)[0] ?? "").trim().toLowerCase();
  for (const [extension, type] of TYPES) if (type === essence) return `.${extension}`;
  return "";
}

/** Media types come from callers and agents and go into headers: what does not look like one is bytes. */
export function checkedMediaType(mediaType: string): string {
  return MEDIA_TYPE.test(mediaType) ? mediaType : BYTES;
}
