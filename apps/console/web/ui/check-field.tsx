import { useId } from "react";
import type { InputHTMLAttributes, ReactNode } from "react";

export interface CheckFieldProps extends InputHTMLAttributes<HTMLInputElement> {
  readonly label: string;
  readonly hint?: ReactNode;
}

export function CheckField({ label, hint, ...rest }: CheckFieldProps) {
  const id = useId();
  return (
    <div className="flex min-w-0 items-start gap-2">
      <input
        id={id}
        type="checkbox"
        className="m-1 size-4 shrink-0 accent-(--accent)"
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        {...rest}
      />
      <div className="min-w-0">
        <label htmlFor={id} className="inline-flex min-h-6 items-center text-sm">
          {label}
        </label>
        {hint === undefined ? undefined : (
          <p id={`${id}-hint`} className="text-xs text-muted">
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}
