/**
 * Writes one line of JSON. Lambda filters it by `level`, which counts only beside a valid `timestamp`.
 *
 * The line goes to standard output as it is. `console` would make it the text `message` in a line of Lambda's JSON log
 * format: with the level of the method, its fields no fields, and a metric in it not found.
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
 * https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html#nodejs-logging-advanced-emf
 *
 * @param fields never the text of a message.
 */
export function log(level: "INFO" | "ERROR", event: string, fields: Readonly<Record<string, unknown>>): void {
  const line = { timestamp: new Date().toISOString(), level, event, ...fields };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
