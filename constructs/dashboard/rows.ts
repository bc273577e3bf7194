import type { Widget } from "./widgets.ts";

/** Widgets side by side, all of the same width. */
export interface Row {
  /** In units of the grid. */
  readonly height: number;
  readonly widgets: readonly Widget[];
}

/** A widget in its place, as in the body of a dashboard. */
export interface PlacedWidget extends Widget {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html */
const COLUMNS = 24;

/** Places rows one below the other. Those without a widget take no place. */
export function placeRows(rows: readonly Row[]): PlacedWidget[] {
  let y = 0;
  return rows
    .filter(({ widgets }) => widgets.length > 0)
    .flatMap(({ height, widgets }) => {
      const [top, width] = [y, Math.floor(COLUMNS / widgets.length)];
      y += height;
      return widgets.map((widget, index) => ({ ...widget, x: index * width, y: top, width, height }));
    });
}
