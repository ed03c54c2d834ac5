import type { Part } from "@berth/protocol";
import { Markdown } from "../../ui/markdown.tsx";
import { ContentView } from "../task/content-view.tsx";

/** What somebody said: text is markdown, the rest is shown as it is. */
export function MessageParts({ parts, name }: { readonly parts: readonly Part[]; readonly name?: string }) {
  return (
    <div className="flex min-w-0 flex-col gap-2">
      {groupsOf(parts, isPlainName(name)).map((group, at) => (
        // Parts only ever grow at the end.
        <Group key={at} group={group} {...(name === undefined ? {} : { name })} />
      ))}
    </div>
  );
}

type PartGroup = { readonly text: string } | { readonly others: readonly Part[] };

function Group({ group, name }: { readonly group: PartGroup; readonly name?: string }) {
  if ("text" in group) return <Markdown text={group.text} />;
  const plain = textOnly(group.others);
  if (plain !== undefined) return <Markdown text={plain} />;
  return <ContentView parts={group.others} {...(name === undefined ? {} : { name })} />;
}

/** Pieces of one text are one text. */
function groupsOf(parts: readonly Part[], isPlain: boolean): readonly PartGroup[] {
  const groups: PartGroup[] = [];
  for (const part of parts) {
    const last = groups.at(-1);
    const isMarkdown = part.text !== undefined && !isPlain && part.mediaType !== "text/plain";
    if (isMarkdown && last !== undefined && "text" in last) groups[groups.length - 1] = { text: last.text + part.text };
    else if (isMarkdown) groups.push({ text: part.text });
    else if (last !== undefined && "others" in last) groups[groups.length - 1] = { others: [...last.others, part] };
    else groups.push({ others: [part] });
  }
  return groups;
}

/** `notes.txt` and `run.log` mean what they say; a name without an ending says nothing. */
function isPlainName(name: string | undefined): boolean {
  const [, ending] = /\.([a-z0-9]+)$/i.exec(name ?? "") ?? [];
  return ending !== undefined && !/^(md|markdown)$/i.test(ending);
}

/** Data that is nothing but `{"text": …}` is what somebody said. */
function textOnly(parts: readonly Part[]): string | undefined {
  const [only, ...more] = parts;
  const data = only?.data;
  if (more.length > 0 || typeof data !== "object" || data === null || Array.isArray(data)) return undefined;
  const [[name, value] = ["", undefined], ...others] = Object.entries(data);
  return name === "text" && typeof value === "string" && others.length === 0 ? value : undefined;
}
