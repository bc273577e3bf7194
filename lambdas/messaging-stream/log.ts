/**
 * Writes one line of JSON. Lambda filters it by `level`:
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
 * @param fields never the text of a message.
 */
export function log(level: "INFO" | "ERROR", event: string, fields: Readonly<Record<string, unknown>>): void {
  console.log(JSON.stringify({ timestamp: new Date().toISOString(), level, event, ...fields }));
}
