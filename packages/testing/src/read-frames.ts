/** One SSE event: its id, name and parsed data. */
export interface SseFrame {
  readonly id: string | undefined;
  readonly event: string | undefined;
  readonly data: unknown;
}

/** The SSE events of a response, until its end. Comments are left out. */
export async function* readFrames(response: Response): AsyncGenerator<SseFrame> {
  if (response.body === null) return;
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body) {
    text += decoder.decode(chunk, { stream: true });
    let end = text.indexOf("\n\n");
    while (end >= 0) {
      const frame = parseFrame(text.slice(0, end));
      text = text.slice(end + 2);
      if (frame !== undefined) yield frame;
      end = text.indexOf("\n\n");
    }
  }
}

function parseFrame(block: string): SseFrame | undefined {
  const fields = new Map<string, string[]>();
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    if (colon <= 0) continue;
    const name = line.slice(0, colon);
    fields.set(name, [...(fields.get(name) ?? []), line.slice(colon + 1).trimStart()]);
  }
  const data = fields.get("data");
  if (data === undefined) return undefined;
  return { id: fields.get("id")?.[0], event: fields.get("event")?.[0], data: JSON.parse(data.join("\n")) };
}
