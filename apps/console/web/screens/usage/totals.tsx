import type { ReactNode } from "react";
import { money, seconds } from "./amount.ts";
import { forecast } from "./forecast.ts";
import type { Amounts } from "./usage-queries.ts";

interface TotalsProps {
  readonly month: string;
  readonly total: Amounts;
  readonly currency: string;
}

/** The month in six numbers; the last one is a guess and says how it was made. */
export function Totals({ month, total, currency }: TotalsProps) {
  const expected = forecast(month, Number(total.amount), new Date());
  return (
    <dl className="grid grid-cols-2 gap-3 sm:grid-cols-3 xl:grid-cols-6">
      <Figure name="Amount" value={money(total.amount, currency)}>
        {total.refunded === "0" ? "nothing refunded" : `${money(total.refunded, currency)} refunded`}
      </Figure>
      <Figure name="Calls" value={total.calls.toLocaleString("en")} />
      <Figure name="Time" value={seconds(total.seconds)} />
      <Figure name="Input tokens" value={total.inputTokens.toLocaleString("en")} />
      <Figure name="Output tokens" value={total.outputTokens.toLocaleString("en")} />
      {expected === undefined ? (
        <Figure name="Forecast" value="none">
          of a month that is over, or has hardly begun
        </Figure>
      ) : (
        <Figure name="Forecast" value={money(expected.amount.toFixed(2), currency)}>
          so far ÷ {expected.elapsedDays.toFixed(1)} days × {expected.days} days
        </Figure>
      )}
    </dl>
  );
}

interface FigureProps {
  readonly name: string;
  readonly value: string;
  readonly children?: ReactNode;
}

function Figure({ name, value, children }: FigureProps) {
  return (
    <div className="min-w-0 rounded-lg border border-line bg-panel px-4 py-3">
      <dt className="text-xs text-muted">{name}</dt>
      <dd className="text-lg font-semibold break-words tabular-nums">{value}</dd>
      {children === undefined ? undefined : <dd className="text-xs text-muted">{children}</dd>}
    </div>
  );
}
