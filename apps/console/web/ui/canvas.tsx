import { useEffect, useEffectEvent, useRef } from "react";

export type Draw = (
  context: CanvasRenderingContext2D,
  size: { readonly width: number; readonly height: number },
) => void;

/**
 * A picture that fills its box, sharp on every screen. It is for those who see: the box's owner says the same in text. `isMoving`
 * redraws by frames.
 */
export function Canvas({
  draw,
  height,
  isMoving = false,
  className,
}: {
  readonly draw: Draw;
  readonly height: number;
  readonly isMoving?: boolean;
  readonly className?: string;
}) {
  const ref = useRef<HTMLCanvasElement>(null);
  const paint = useEffectEvent(() => {
    const canvas = ref.current;
    const context = canvas?.getContext("2d");
    if (canvas === null || context === null || context === undefined) return;
    const { width } = canvas.getBoundingClientRect();
    const ratio = devicePixelRatio;
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== w) canvas.width = w;
    if (canvas.height !== h) canvas.height = h;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    draw(context, { width, height });
  });
  useEffect(() => paint(), [draw, height]);
  useEffect(() => {
    const canvas = ref.current;
    if (canvas === null) return undefined;
    const observer = new ResizeObserver(() => paint());
    observer.observe(canvas);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    if (!isMoving) return undefined;
    let frame = 0;
    const run = (): void => {
      paint();
      frame = requestAnimationFrame(run);
    };
    frame = requestAnimationFrame(run);
    return () => cancelAnimationFrame(frame);
  }, [isMoving]);
  return <canvas ref={ref} aria-hidden className={`block w-full ${className ?? ""}`} style={{ height }} />;
}
