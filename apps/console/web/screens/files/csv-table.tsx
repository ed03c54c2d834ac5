import { useMemo } from "react";
import { plainText } from "../../ui/plain-text.ts";
import { csvRows } from "./csv.ts";

const MAX_ROWS = 500;
const MAX_COLUMNS = 40;

export function CsvTable({ text }: { readonly text: string }) {
  const [head = [], ...rows] = useMemo(() => csvRows(text, MAX_ROWS + 1), [text]);
  const columns = head.slice(0, MAX_COLUMNS);
  return (
    <div tabIndex={0} role="group" aria-label="Content as a table" className="max-h-[70dvh] overflow-auto">
      <table className="border-collapse text-xs">
        <thead className="sticky top-0 bg-sunken">
          <tr>
            {columns.map((name, at) => (
              <th
                key={at}
                scope="col"
                className="border-b border-line px-3 py-1.5 text-left font-semibold whitespace-nowrap"
              >
                {plainText(name) === "" ? `column ${at + 1}` : plainText(name)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            <tr key={at} className="hover:bg-sunken">
              {columns.map((_name, column) => (
                <td key={column} className="max-w-80 border-b border-line px-3 py-1 align-top tabular-nums">
                  {plainText(row[column] ?? "")}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length >= MAX_ROWS ? <p className="p-3 text-xs text-muted">The first {MAX_ROWS} rows.</p> : undefined}
    </div>
  );
}
