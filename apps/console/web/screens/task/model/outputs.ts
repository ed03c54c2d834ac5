import type { Artifact, Part, Task } from "@berth/protocol";
import { partText } from "./event-words.ts";

export type Content =
  | { readonly type: "text"; readonly text: string; readonly isMarkdown: boolean }
  | { readonly type: "json"; readonly value: unknown }
  | { readonly type: "image"; readonly base64: string; readonly mediaType: string }
  | { readonly type: "bytes"; readonly base64: string; readonly mediaType: string; readonly name: string }
  | { readonly type: "link"; readonly url: string };

/** What a browser draws without running anything. SVG is a document with scripts and is not among them. */
const IMAGES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"]);

/** Parts as they are to be shown: pieces of one text are one text. */
export function contentsOf(parts: readonly Part[], name: string = ""): readonly Content[] {
  const contents: Content[] = [];
  let text: string[] = [];
  let isMarkdown = false;
  const flush = (): void => {
    if (text.length > 0) contents.push({ type: "text", text: text.join(""), isMarkdown });
    text = [];
  };
  for (const part of parts) {
    if (part.text !== undefined) {
      const markdown =
        part.mediaType === "text/markdown" ||
        (part.mediaType === undefined && /\.(md|markdown)$/i.test(part.filename ?? name));
      if (text.length > 0 && markdown !== isMarkdown) flush();
      isMarkdown = markdown;
      text.push(part.text);
      continue;
    }
    flush();
    if (part.data !== undefined) contents.push({ type: "json", value: part.data });
    else if (part.url !== undefined) contents.push({ type: "link", url: part.url });
    else if (part.raw !== undefined) contents.push(bytesOf(part.raw, part, name));
  }
  flush();
  return contents;
}

function bytesOf(base64: string, { mediaType = "application/octet-stream", filename }: Part, name: string): Content {
  const type = mediaType.split(";")[0]?.trim().toLowerCase() ?? "";
  if (IMAGES.has(type)) return { type: "image", base64, mediaType: type };
  return { type: "bytes", base64, mediaType, name: filename ?? (name === "" ? "file" : name) };
}

/** An artifact as one text, for comparing. */
export function artifactText({ parts }: Artifact): string {
  return contentsOf(parts)
    .map((content) => {
      switch (content.type) {
        case "text":
          return content.text;
        case "json":
          return JSON.stringify(content.value, null, 2);
        case "link":
          return content.url;
        default:
          return `${content.mediaType} ${content.base64}`;
      }
    })
    .join("\n");
}

/** The value of an artifact that is one piece of data. */
export function artifactValue({ parts }: Artifact): { readonly value: unknown } | undefined {
  const [only, ...others] = parts;
  return only?.data === undefined || others.length > 0 ? undefined : { value: only.data };
}

export interface OutputPair {
  readonly name: string;
  readonly before?: Artifact;
  readonly after?: Artifact;
}

/** The artifacts of two tasks side by side, by their ids. */
export function pairOutputs(before: Task | undefined, after: Task | undefined): readonly OutputPair[] {
  const left = new Map((before?.artifacts ?? []).map((artifact) => [artifact.artifactId, artifact]));
  const right = new Map((after?.artifacts ?? []).map((artifact) => [artifact.artifactId, artifact]));
  return [...new Set([...left.keys(), ...right.keys()])].map((id) => {
    const a = left.get(id);
    const b = right.get(id);
    return {
      name: (a ?? b)?.name ?? id,
      ...(a === undefined ? {} : { before: a }),
      ...(b === undefined ? {} : { after: b }),
    };
  });
}

/** What the agent said at its end, where it made no artifact. */
export function lastWords(task: Task | undefined): string {
  const { message } = task?.status ?? {};
  return message === undefined ? "" : message.parts.map(partText).join("\n");
}
