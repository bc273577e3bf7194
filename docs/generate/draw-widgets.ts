import type { PlacedWidget } from "../../constructs/dashboard/rows.ts";

/** Pixels of a unit of the dashboard's grid, which has 24 columns. */
const UNIT = { width: 44, height: 36 };
const COLUMNS = 24;
const LINE_HEIGHT = 15;
/** About as wide as a character of the picture's text is at most, in pixels. */
const CHARACTER_WIDTH = 6.4;
const [PADDING, MARGIN] = [8, 3];

type Properties = Readonly<Record<string, unknown>>;

/** A line of text in a widget. */
interface Line {
  readonly text: string;
  readonly style: "title" | "small" | "limit";
}

/** Draws a dashboard's widgets, each in its place with its title, unit, series and limits, as SVG. */
export function drawWidgets(widgets: readonly PlacedWidget[]): string {
  const [width, height] = [
    COLUMNS * UNIT.width,
    Math.max(...widgets.map((widget) => widget.y + widget.height)) * UNIT.height,
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11">`,
    "<style>.title{font-weight:bold;fill:#16191f}.small{fill:#545b64}.limit{fill:#b0084d}</style>",
    `<rect width="${width}" height="${height}" fill="#f2f3f3"/>`,
    ...widgets.flatMap(draw),
    "</svg>",
    "",
  ].join("\n");
}

function draw({ type, x, y, width, height, properties }: PlacedWidget): string[] {
  const [left, top] = [x * UNIT.width + MARGIN, y * UNIT.height + MARGIN];
  const [across, down] = [width * UNIT.width - 2 * MARGIN, height * UNIT.height - 2 * MARGIN];
  const lines = linesOf(type, properties).flatMap((line) => wrapped(line, across - 2 * PADDING));
  return [
    `<rect x="${left}" y="${top}" width="${across}" height="${down}" rx="3" fill="#ffffff" stroke="#d5dbdb"/>`,
    ...lines.map(
      ({ text, style }, index) =>
        `<text x="${left + PADDING}" y="${top + PADDING + LINE_HEIGHT * (index + 0.7)}" class="${style}">${escaped(text)}</text>`,
    ),
  ];
}

function linesOf(type: PlacedWidget["type"], properties: Properties): Line[] {
  if (type === "text") return [{ text: plain(String(properties["markdown"])), style: "title" }];
  const title: Line = { text: String(properties["title"]), style: "title" };
  if (type === "alarm") {
    const { length } = properties["alarms"] as unknown[];
    return [title, { text: `${length} alarms, those that are raised first`, style: "small" }];
  }
  const small = (text: string): Line => ({ text, style: "small" });
  return [
    title,
    small(`in ${unitOf(properties)}`),
    ...labelsOf(properties).map(small),
    ...limitsOf(properties),
  ];
}

const unitOf = ({ yAxis }: Properties) => (yAxis as { left: { label: string } }).left.label;

const labelsOf = ({ metrics }: Properties) =>
  (metrics as unknown[][]).flatMap((metric) => {
    const { label } = metric.at(-1) as { label?: string };
    return label === undefined ? [] : [`— ${label}`];
  });

const limitsOf = ({ annotations }: Properties): Line[] =>
  ((annotations as { horizontal: { label: string; value: number }[] } | undefined)?.horizontal ?? []).map(
    ({ label, value }) => ({ text: `--- ${label} at ${value.toLocaleString("en")}`, style: "limit" }),
  );

/** Text without the marks of Markdown, and with the names of links alone. */
const plain = (markdown: string) => markdown.replaceAll(/\]\([^)]*\)/g, "").replaceAll(/[*`[]/g, "");

/** A line in as many lines as its width needs. */
function wrapped({ text, style }: Line, width: number): Line[] {
  const maximum = Math.floor(width / CHARACTER_WIDTH);
  const lines: string[] = [""];
  for (const word of text.split(" ")) {
    const longer = `${lines.at(-1) ?? ""} ${word}`.trim();
    if (longer.length <= maximum) lines.splice(-1, 1, longer);
    else lines.push(word);
  }
  return lines.map((line) => ({ text: line, style }));
}

const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
