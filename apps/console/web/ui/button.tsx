import { clsx } from "clsx";
import type { ButtonHTMLAttributes } from "react";

export const LOOKS = {
  primary: "bg-accent text-on-accent hover:bg-accent-text border-transparent",
  plain: "bg-panel text-text border-line-strong hover:bg-sunken",
  quiet: "bg-transparent text-text border-transparent hover:bg-sunken",
  danger: "bg-panel text-bad border-bad hover:bg-bad-soft",
} as const;

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly look?: keyof typeof LOOKS;
  readonly small?: boolean;
}

export function Button({ look = "plain", small = false, className, type = "button", ...rest }: ButtonProps) {
  return (
    <button
      type={type}
      className={clsx(
        "inline-flex items-center justify-center gap-1.5 rounded-md border font-medium disabled:opacity-60",
        small ? "min-h-6 px-2 text-xs" : "min-h-8 px-3 text-sm",
        LOOKS[look],
        className,
      )}
      {...rest}
    />
  );
}
