/** Rows of comma-separated values (RFC 4180), up to a number of them; quotes may hold commas, line breaks and quotes. */
export function csvRows(text: string, max: number): readonly (readonly string[])[] {
  const rows: string[][] = [];
  let row: string[] = [];
  let field = "";
  let isQuoted = false;
  for (let at = 0; at <= text.length; at++) {
    const character = text[at];
    if (isQuoted && character !== undefined) {
      if (character !== '"') field += character;
      else if (text[at + 1] === '"') {
        field += '"';
        at += 1;
      } else isQuoted = false;
      continue;
    }
    if (character === '"' && field === "") isQuoted = true;
    else if (character === ",") {
      row.push(field);
      field = "";
    } else if (character === "\n" || character === undefined) {
      row.push(field.endsWith("\r") ? field.slice(0, -1) : field);
      field = "";
      if (row.length > 1 || row[0] !== "") rows.push(row);
      row = [];
      if (rows.length >= max) break;
    } else field += character;
  }
  return rows;
}
