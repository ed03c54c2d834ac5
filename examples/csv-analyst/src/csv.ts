export interface CsvTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Says where: a person has to find it in the file. */
export class CsvError extends Error {
  override readonly name: string = "CsvError";
}

/**
 * Parses CSV as RFC 4180 has it, with LF accepted for CRLF and a byte order mark skipped. The first record names the
 * columns. @throws CsvError for a stray or unclosed quote, and for a record of another length than the first.
 */
export function parseCsv(text: string): CsvTable {
  const [columns, ...rows] = parseRecords(text.startsWith("\uFEFF") ? text.slice(1) : text);
  if (columns === undefined) throw new CsvError("The file is empty.");
  for (const [index, row] of rows.entries()) {
    if (row.length === columns.length) continue;
    throw new CsvError(`Record ${index + 2} has ${row.length} fields, the header has ${columns.length}.`);
  }
  return { columns, rows };
}

function parseRecords(text: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  let at = 0;
  while (at < text.length) {
    const field =
      text[at] === '"' ? quotedField(text, at, records.length + 1) : plainField(text, at, records.length + 1);
    record.push(field.value);
    at = field.end;
    if (text[at] === ",") {
      at += 1;
      // A comma at the very end opens one more, empty field.
      if (at === text.length) record.push("");
      else continue;
    }
    // A blank line is a record of one empty field: left out, as spreadsheets do.
    if (record.length > 1 || record[0] !== "") records.push(record);
    record = [];
    at += text.startsWith("\r\n", at) ? 2 : 1;
  }
  return records;
}

interface Field {
  readonly value: string;
  /** Where the comma or the line break stands. */
  readonly end: number;
}

function plainField(text: string, from: number, record: number): Field {
  let end = from;
  while (end < text.length && text[end] !== "," && text[end] !== "\n" && !text.startsWith("\r\n", end)) {
    if (text[end] === '"') throw new CsvError(`Record ${record} has a quote inside a field that is not quoted.`);
    end += 1;
  }
  return { value: text.slice(from, end), end };
}

function quotedField(text: string, from: number, record: number): Field {
  let value = "";
  let at = from + 1;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote < 0) throw new CsvError(`Record ${record} has a quote that is never closed.`);
    value += text.slice(at, quote);
    if (text[quote + 1] === '"') {
      value += '"';
      at = quote + 2;
      continue;
    }
    const end = quote + 1;
    if (end < text.length && text[end] !== "," && text[end] !== "\n" && !text.startsWith("\r\n", end)) {
      throw new CsvError(`Record ${record} goes on after a closing quote.`);
    }
    return { value, end };
  }
}
