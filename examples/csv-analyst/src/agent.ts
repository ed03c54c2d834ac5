import { ServiceError, defineAgent, serve, skill } from "@berth/sdk";
import type { Agent, TaskContext } from "@berth/sdk";
import { z } from "zod";
import { parseCsv } from "./csv.ts";
import type { CsvTable } from "./csv.ts";
import { numericColumns, summarize, toMarkdown } from "./summary.ts";

const input = z
  .object({
    csv: z.string().min(1).optional().describe("The CSV text itself."),
    path: z.string().min(1).optional().describe("Or a file in the workspace, such as sales.csv."),
    column: z.string().optional().describe("The column with the amounts. Asked for when it is not clear."),
  })
  .refine(({ csv, path }) => (csv === undefined) !== (path === undefined), "give either csv or path");

const agent: Agent = defineAgent({
  name: "csv-analyst",
  version: "1.0.0",
  description: "Adds up a column of a CSV file and writes a report.",
  skills: {
    summarize: skill({
      description: "Summarizes the amounts in a CSV file.",
      tags: ["csv", "report"],
      examples: ['{"path":"sales.csv","column":"amount"}'],
      input,
      output: z.object({ rows: z.number(), total: z.number(), mean: z.number(), report: z.string() }),
      async run({ csv, path, column }, ctx) {
        const text = csv ?? (await readFile(path ?? "", ctx));
        const table = parseCsv(text);
        await ctx.progress({ text: `Read ${table.rows.length} rows, ${table.columns.length} columns.`, fraction: 0.3 });
        const chosen = await chooseColumn(table, column, ctx);
        await ctx.progress({ text: `Adding up ${chosen}.`, fraction: 0.7 });
        const summary = summarize(table, chosen);
        await ctx.artifact("report.md", toMarkdown(path ?? "the given text", chosen, summary));
        return { rows: summary.rows, total: summary.total, mean: summary.mean, report: "report.md" };
      },
    }),
  },
});

/** What the run may not read, somebody may allow it to. */
async function readFile(path: string, ctx: TaskContext): Promise<string> {
  try {
    return await ctx.workspace.readText(path);
  } catch (error) {
    if (!(error instanceof ServiceError) || error.reason !== "GRANT_EXCEEDED") throw error;
    await ctx.requestScope({ read: [path], reason: `to summarize ${path}` });
    return await ctx.workspace.readText(path);
  }
}

/** The one named, or the only one with numbers; else the caller knows. */
async function chooseColumn(table: CsvTable, column: string | undefined, ctx: TaskContext): Promise<string> {
  if (column !== undefined) {
    if (table.columns.includes(column)) return column;
    ctx.reject(`There is no column "${column}". Columns: ${table.columns.join(", ")}.`);
  }
  const candidates = numericColumns(table);
  const [only] = candidates;
  if (only === undefined) ctx.reject("No column of this file holds numbers in every row.");
  if (candidates.length === 1) return only;
  return ctx.ask(`Which column is the amount: ${candidates.join(", ")}?`, { schema: z.enum(candidates) });
}

export default agent;

if (import.meta.main) await serve(agent);
