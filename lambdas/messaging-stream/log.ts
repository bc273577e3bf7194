/**
 * One line of JSON. With `level` and `timestamp` in it, Lambda filters it by the function's log level:
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
 * The text of a message never goes into it.
 */
export function log(level: "INFO" | "ERROR", event: string, fields: Readonly<Record<string, unknown>>): void {
  console.log(JSON.stringify({ timestamp: new Date().toISOString(), level, event, ...fields }));
}
