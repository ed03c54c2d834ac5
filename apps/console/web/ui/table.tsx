import type { ReactNode } from "react";

export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => ReactNode;
  readonly align?: "right";
  /** Left out where there is no room. */
  readonly wide?: boolean;
}

export interface TableProps<Row> {
  /** Said to those who do not see it. */
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
}

export function Table<Row>({ caption, columns, rows, keyOf }: TableProps<Row>) {
  return (
    <div className="overflow-x-auto" tabIndex={0} role="region" aria-label={caption}>
      <table className="w-full border-collapse text-sm">
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ head, align, wide }) => (
              <th
                key={head}
                scope="col"
                className={`border-b border-line px-3 py-2 text-xs font-semibold whitespace-nowrap text-muted ${align === "right" ? "text-right" : "text-left"} ${wide === true ? "hidden md:table-cell" : ""}`}
              >
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)} className="hover:bg-sunken">
              {columns.map(({ head, cell, align, wide }) => (
                <td
                  key={head}
                  className={`border-b border-line px-3 py-1.5 align-top ${align === "right" ? "text-right tabular-nums" : ""} ${wide === true ? "hidden md:table-cell" : ""}`}
                >
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
