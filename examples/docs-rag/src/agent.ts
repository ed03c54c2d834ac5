import { defineAgent, serve, skill } from "@berth/sdk";
import type { Agent, MemoryHit, TaskContext } from "@berth/sdk";
import { z } from "zod";
import { quoteFor } from "./quote.ts";
import { toSections } from "./sections.ts";

const FOLDER = "docs";
const PASSAGES = 12;
const CITATIONS = 4;

const citation = z.object({
  path: z.string(),
  heading: z.string(),
  quote: z.string().describe("Word for word from that document."),
});

const agent: Agent = defineAgent({
  name: "docs-rag",
  version: "1.0.0",
  description: "Answers questions from the documents in the workspace, word for word and with their sources.",
  skills: {
    index: skill({
      description: "Reads the Markdown files below docs/ and remembers them for everybody. Again after they changed.",
      tags: ["memory"],
      output: z.object({ documents: z.number(), sections: z.number(), forgotten: z.number() }),
      async run(_input, ctx) {
        const paths = (await ctx.workspace.list(FOLDER)).filter((path) => path.endsWith(".md"));
        const keys = new Set<string>();
        for (const [done, path] of paths.entries()) {
          await ctx.progress({ text: path, fraction: done / paths.length });
          for (const key of await indexDocument(path, await ctx.workspace.readText(path), ctx)) keys.add(key);
        }
        return { documents: paths.length, sections: keys.size, forgotten: await forgetOthers(keys, ctx) };
      },
    }),
    ask: skill({
      description: "Answers a question from the documents.",
      tags: ["memory", "question"],
      examples: ['{"question":"How long is a grant good for?"}'],
      input: z.object({ question: z.string().min(3) }),
      output: z.object({ answer: z.string(), citations: z.array(citation) }),
      async run({ question }, ctx) {
        const hits = await ctx.memory.search({ query: question, limit: PASSAGES, scope: "agent" });
        const cited = citationsOf(hits, question);
        if (cited.length === 0) ctx.reject("The documents say nothing of it. Were they indexed?");
        const answer = cited.map(({ quote }, i) => `${quote} [${i + 1}]`).join("\n");
        return { answer, citations: cited };
      },
    }),
  },
});

/** Each section is an item of its own under a key that stays, so that a changed one takes the place of the old. */
async function indexDocument(path: string, markdown: string, ctx: TaskContext): Promise<readonly string[]> {
  const items = toSections(markdown).flatMap(({ heading, text }, place) =>
    parts(text).map((piece, part) => ({
      key: `${path}#${place}.${part}`,
      source: path,
      scope: "agent" as const,
      metadata: { path, heading },
      text: `${heading}\n\n${piece}`,
    })),
  );
  await Promise.all(items.map(async (item) => await ctx.memory.save(item)));
  return items.map(({ key }) => key);
}

/** Sections and documents that are no longer there. */
async function forgetOthers(keys: ReadonlySet<string>, ctx: TaskContext): Promise<number> {
  const gone: string[] = [];
  for (let after: string | undefined = ""; after !== undefined;) {
    const page = await ctx.memory.list({ scope: "agent", limit: 100, ...(after === "" ? {} : { after }) });
    gone.push(...page.items.filter(({ key = "" }) => !keys.has(key)).map(({ id }) => id));
    after = page.next;
  }
  for (let i = 0; i < gone.length; i += 500) await ctx.memory.delete({ ids: gone.slice(i, i + 500), scope: "agent" });
  return gone.length;
}

/** A table or a long section in pieces that a quote can be taken from. */
function parts(text: string): readonly string[] {
  const pieces: string[] = [];
  let piece = "";
  for (const line of text.split("\n")) {
    if (piece.length + line.length > 4_000 && piece !== "") {
      pieces.push(piece);
      piece = "";
    }
    piece += `${line}\n`;
  }
  return piece.trim() === "" ? pieces : [...pieces, piece];
}

/** One of each document, best first. */
function citationsOf(hits: readonly MemoryHit[], question: string): z.infer<typeof citation>[] {
  const seen = new Set<string>();
  return hits
    .flatMap(({ source, metadata, text }) => {
      const heading = typeof metadata["heading"] === "string" ? metadata["heading"] : "";
      if (source === undefined || seen.has(source)) return [];
      seen.add(source);
      const body = text.startsWith(heading) ? text.slice(heading.length) : text;
      return [{ path: source, heading, quote: quoteFor(question, body) }];
    })
    .filter(({ quote }) => quote !== "")
    .slice(0, CITATIONS);
}

export default agent;

if (import.meta.main) await serve(agent);
